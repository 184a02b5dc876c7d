"""What every GraphSpec primitive has beyond an operation: Lean's name, the attributes, and the counting rule."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, TypeAlias

from xcheck.reference.operation import Operation
from xcheck.reference.profile import Profile

AttributeValue: TypeAlias = "int | bool | str | FloatBits | tuple[AttributeValue, ...] | Mapping[str, AttributeValue]"
Attributes: TypeAlias = Mapping[str, AttributeValue]


class FloatBits(int):
    """A float attribute, held as the 64 bits of its binary64 encoding."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"0x{int(self):016x}"


class Primitive(Operation):
    """A GraphSpec primitive. `counts` says whether it consumes an occurrence index (`countsAsLayer`)."""

    counts: ClassVar[bool] = False
    has_layer: ClassVar[bool] = True
    opaque: ClassVar[bool] = False

    @property
    @abstractmethod
    def name(self) -> str:
        """Lean's `Primitive.name`, verbatim."""

    def available(self, profile: Profile) -> bool:
        """Whether the primitive exists at the profile's revisions."""
        return True

    def attributes(self) -> dict[str, AttributeValue]:
        """Geometry that the name does not carry, as the export format writes it between braces."""
        return {}

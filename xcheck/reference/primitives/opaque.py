"""A primitive the reference does not know: a user's own, named in the export with its signature.

It lowers only if the export says that it offers a layer view; what that layer is called, how it starts and what it
computes is the user's, so none of it is comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from xcheck.reference.initialise import Initial
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.primitives.base import Attributes, AttributeValue, Primitive
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Opaque(Primitive):
    """Known by its Lean name and declared signature alone."""

    lean_name: str
    declared: Signature
    given: tuple[tuple[str, AttributeValue], ...] = field(default=())

    opaque: ClassVar[bool] = True

    @classmethod
    def of(cls, name: str, declared: Signature, attributes: Attributes) -> Opaque:
        """An opaque primitive with the attributes the export gives."""
        return cls(name, declared, tuple(attributes.items()))

    @property
    def name(self) -> str:
        return self.lean_name

    @property
    def reason(self) -> str:
        """Why nothing of it is comparable."""
        return f"the primitive {self.lean_name!r} is not one the reference knows"

    def attributes(self) -> dict[str, AttributeValue]:
        return dict(self.given)

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if input_shape != self.declared.input:
            raise SignatureError(f"{self.lean_name} is declared as {self.declared}")
        return self.declared

    def kind(self, profile: Profile) -> str | None:
        raise NotComparableError(self.reason)

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        raise NotComparableError(self.reason)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        raise NotComparableError(self.reason)

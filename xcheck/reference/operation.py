"""What a layer does when it runs: the part that graph primitives and catalogue layers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from xcheck.reference.initialise import Initial
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


class Mode(StrEnum):
    """Which forward of a layer runs."""

    EVAL = "eval"
    TRAIN = "train"


class Via(StrEnum):
    """Which of Lean's semantics computed a forward: the pure one, the eager session or the compiled graph."""

    SPEC = "spec"
    EAGER = "eager"
    COMPILED = "compiled"


@dataclass(frozen=True, slots=True)
class Run:
    """The circumstances of a forward: whose semantics, in which mode, and which revision's."""

    profile: Profile
    mode: Mode = Mode.EVAL
    via: Via = Via.SPEC


class NotComparableError(Exception):
    """The reference cannot say what Lean must produce here; the text is the reason."""


class Operation(ABC):
    """A primitive or layer, with all the geometry its forward needs.

    Subclasses are frozen dataclasses in one small file each, in the order: arguments, name or kind, signature,
    initial values, forward. `libm` names the C functions the forward reaches; the others are exact everywhere.
    """

    libm: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        """The signature on this input; raises `SignatureError` where it cannot take it."""

    @abstractmethod
    def kind(self, profile: Profile) -> str | None:
        """The lowered layer's label, None where the revision has no `kind` field."""

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        """How each parameter starts, for occurrence index `index`."""
        return ()

    def requires_grad(self) -> tuple[bool, ...]:
        """One flag for each parameter; none where there are no parameters."""
        return ()

    @abstractmethod
    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        """The output; `params` and `x` are `float64` with the signature's shapes.

        Raises `NotComparableError` with the reason where the reference has no defined answer.
        """

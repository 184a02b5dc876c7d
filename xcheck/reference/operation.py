"""What a layer does when it runs: the part that graph primitives and catalogue layers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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


class NotComparableError(Exception):
    """The reference cannot say what Lean must produce here; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Position:
    """What the runtime has recorded before a layer runs; it decides the random counter of that layer.

    `leaves` counts parameters and inputs, `nodes` the operations recorded so far (None where that is not known, with
    the reason in `unknown`), `random_ops` the random operations so far.
    """

    leaves: int = 0
    nodes: int | None = None
    random_ops: int = 0
    unknown: str = "the layer was run on its own, so what the runtime had recorded before it is not known"


@dataclass(frozen=True, slots=True)
class Run:
    """The circumstances of a forward: whose semantics, in which mode, which revision's, and after what.

    `position` matters to random layers in train mode only; `replay.layer_runs` fills it in for a whole layer list.
    """

    profile: Profile
    mode: Mode = Mode.EVAL
    via: Via = Via.SPEC
    position: Position = field(default_factory=Position)


class Operation(ABC):
    """A primitive or layer, with all the geometry its forward needs.

    Subclasses are frozen dataclasses in one small file each, in the order: arguments, name or kind, signature,
    initial values, forward. `libm` names the C functions the forward reaches; the others are exact everywhere.
    `updates_buffers` says whether a train-mode forward may change parameters (running statistics).
    """

    libm: ClassVar[tuple[str, ...]] = ()
    updates_buffers: ClassVar[bool] = False

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

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        """The parameters after a forward on `x` in `run.mode`, in order; the same ones where nothing is updated."""
        return params

    def recorded(self, run: Run, input_shape: Shape) -> int:
        """How many operations the runtime records for one forward; only the counter of a later dropout depends on it.

        Raises `NotComparableError` where that was not traced in the sources.
        """
        raise NotComparableError(f"how many operations {type(self).__name__} records is not known")

    def random_ops(self, run: Run) -> int:
        """How many random operations one forward performs."""
        return 0


def position_after(operation: Operation, run: Run, input_shape: Shape) -> Position:
    """The position behind an operation that ran in `run`'s circumstances on an input of this shape."""
    before = run.position
    random_ops = before.random_ops + operation.random_ops(run)
    if before.nodes is None:
        return replace(before, random_ops=random_ops)
    try:
        nodes = before.nodes + operation.recorded(run, input_shape)
    except NotComparableError as reason:
        return replace(before, nodes=None, random_ops=random_ops, unknown=str(reason))
    return replace(before, nodes=nodes, random_ops=random_ops)

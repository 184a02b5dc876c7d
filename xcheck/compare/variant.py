"""The reference with something about it changed: what a case is replayed with, and what a diagnosis tries.

An unchanged one is `Variant(profile)`. Everything a comparison asks of the reference is asked here, so an explanation
changes one thing and every item of the case feels it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from xcheck.compare.stacks import stack_of
from xcheck.lean_parser.records import SeqItem
from xcheck.reference.graph import Graph
from xcheck.reference.initialise import Initial, initial_values
from xcheck.reference.lowering import LayerDefinition, Lowered, LoweringFailure, det_init_params_aux, stages, to_seq_aux
from xcheck.reference.operation import NotComparableError, Operation, Run
from xcheck.reference.profile import Profile
from xcheck.reference.replay import initial_parameters
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape

Alter: TypeAlias = Callable[[Lowered], Lowered]
Stored: TypeAlias = Callable[[F64], F64]
Used: TypeAlias = Callable[[Sequence[F64]], Sequence[F64]]
Walk: TypeAlias = Callable[[Graph, int, Profile], Lowered | LoweringFailure]
Update: TypeAlias = Callable[[Run, Sequence[F64], F64], Sequence[F64]]
Forward: TypeAlias = Callable[[Run, Sequence[F64], F64], F64]


@dataclass(frozen=True, slots=True)
class AlteredInitial(Initial):
    """A parameter that starts otherwise than its scheme says: `start` makes the values from the profile."""

    start: Callable[[Initial, Profile], F64]


@dataclass(frozen=True)
class AlteredOperation(Operation):
    """An operation whose forward, and perhaps its update of buffers, is another one; all else is the original's."""

    original: Operation
    run: Forward
    update: Update | None = None

    @property
    def libm(self) -> tuple[str, ...]:  # type: ignore[override]
        """What the original reaches: an allowance for it still holds."""
        return self.original.libm

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return self.original.signature(input_shape, profile)

    def kind(self, profile: Profile) -> str | None:
        return self.original.kind(profile)

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return self.original.initial(signature, profile, index)

    def requires_grad(self) -> tuple[bool, ...]:
        return self.original.requires_grad()

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return self.run(run, params, x)

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        return (self.update or self.original.update_buffers)(run, params, x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.original.recorded(run, input_shape)

    def random_ops(self, run: Run) -> int:
        return self.original.random_ops(run)


def unaltered(lowered: Lowered) -> Lowered:
    """The layers as they are lowered."""
    return lowered


def as_they_are(params: Sequence[F64]) -> Sequence[F64]:
    """The parameters as they are given."""
    return params


def as_it_is(values: F64) -> F64:
    """The values as they are made."""
    return values


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to replay a case.

    `shift` is added to every start counter; `alter` changes the lowered layers; `stored` is what becomes of an initial
    value where it is kept; `parameters` what becomes of a forward's parameter list before the layers run on it.
    `known` and `lowerings` remember what was worked out: initial values, and what graphs lower to before `alter`. The
    latter may be shared by variants of one profile.
    """

    profile: Profile
    shift: int = 0
    alter: Alter = unaltered
    stored: Stored = as_it_is
    parameters: Used = as_they_are
    known: dict[Initial, F64] = field(default_factory=dict, repr=False)
    lowerings: dict[tuple[str, int, int], Lowered | LoweringFailure] = field(default_factory=dict, repr=False)

    def lower(self, graph: Graph, index: int) -> Lowered | LoweringFailure:
        """What `toSeqAux` gives."""
        return self._lowered("lower", to_seq_aux, graph, index)

    def det_init(self, graph: Graph, index: int) -> Lowered | LoweringFailure:
        """What `detInitParamsAux` walks."""
        return self._lowered("det_init", det_init_params_aux, graph, index)

    def stages(self, graph: Graph, index: int) -> Lowered:
        """The layers that the pure semantics run."""
        found = self._lowered("stages", stages, graph, index)
        assert isinstance(found, Lowered)
        return found

    def stack(self, item: SeqItem) -> Lowered:
        """The layers of a stack."""
        key = ("stack", id(item), 0)
        found = self.lowerings.get(key)
        if not isinstance(found, Lowered):
            found = self.lowerings[key] = stack_of(item, self.profile)
        return self.alter(found)

    def values(self, initial: Initial) -> F64:
        """A parameter's initial values, worked out once; raises what `initial_values` raises."""
        found = self.known.get(initial)
        if found is None:
            found = self.known[initial] = self.stored(self._start(initial))
        return found

    def initial_parameters(self, lowered: Lowered) -> list[F64]:
        """All of them in order; raises `NotComparableError` where one cannot be told."""
        return initial_parameters(lowered, self.profile, lambda initial, _: self.values(initial))

    def _start(self, initial: Initial) -> F64:
        if isinstance(initial, AlteredInitial):
            return initial.start(Initial(initial.shape, initial.scheme, initial.seed), self.profile)
        return initial_values(initial, self.profile)

    def _lowered(self, road: str, walk: Walk, graph: Graph, index: int) -> Lowered | LoweringFailure:
        start = index + self.shift
        if start < 0:
            raise NotComparableError("no counter is below 0")
        # The case holds its graph for as long as it is looked at, so the identity of one is never another's.
        key = (road, id(graph), start)
        found = self.lowerings.get(key)
        if found is None:
            found = self.lowerings[key] = walk(graph, start, self.profile)
        return found if isinstance(found, LoweringFailure) else self.alter(found)


def each_layer(change: Callable[[int, LayerDefinition], LayerDefinition]) -> Alter:
    """Alters layer by layer; `change` is given the position and the layer."""
    return lambda lowered: replace(
        lowered, layers=tuple(change(position, layer) for position, layer in enumerate(lowered.layers))
    )

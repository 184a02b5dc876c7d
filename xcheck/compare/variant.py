"""The reference with something about it changed: what a case is replayed with, and what a diagnosis tries.

An unchanged one is `Variant(profile)`. Everything a comparison asks of the reference is asked here, so an explanation
changes one thing and every item of the case feels it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeAlias

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
Forward: TypeAlias = Callable[[Run, Sequence[F64], F64], F64]


@dataclass(frozen=True, slots=True)
class AlteredInitial(Initial):
    """A parameter that starts otherwise than its scheme says: `start` makes the values from the profile."""

    start: Callable[[Initial, Profile], F64]


@dataclass(frozen=True)
class AlteredOperation(Operation):
    """An operation whose forward is another one; everything else is the original's."""

    original: Operation
    run: Forward
    libm: ClassVar[tuple[str, ...]] = ()

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
        return self.original.update_buffers(run, params, x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.original.recorded(run, input_shape)

    def random_ops(self, run: Run) -> int:
        return self.original.random_ops(run)


def _unaltered(lowered: Lowered) -> Lowered:
    return lowered


def _as_they_are(params: Sequence[F64]) -> Sequence[F64]:
    return params


def _as_it_is(values: F64) -> F64:
    return values


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to replay a case.

    `shift` is added to every start counter; `alter` changes the lowered layers; `stored` is what becomes of an initial
    value where it is kept; `parameters` what becomes of a forward's parameter list before the layers run on it.
    """

    profile: Profile
    shift: int = 0
    alter: Alter = _unaltered
    stored: Callable[[F64], F64] = _as_it_is
    parameters: Callable[[Sequence[F64]], Sequence[F64]] = _as_they_are
    _known: dict[Initial, F64] = field(default_factory=dict, repr=False)

    def lower(self, graph: Graph, index: int) -> Lowered | LoweringFailure:
        """What `toSeqAux` gives."""
        return self._altered(to_seq_aux(graph, self._from(index), self.profile))

    def det_init(self, graph: Graph, index: int) -> Lowered | LoweringFailure:
        """What `detInitParamsAux` walks."""
        return self._altered(det_init_params_aux(graph, self._from(index), self.profile))

    def stages(self, graph: Graph, index: int) -> Lowered:
        """The layers that the pure semantics run."""
        return self.alter(stages(graph, self._from(index), self.profile))

    def stack(self, item: SeqItem) -> Lowered:
        """The layers of a stack."""
        return self.alter(stack_of(item, self.profile))

    def values(self, initial: Initial) -> F64:
        """A parameter's initial values, worked out once; raises what `initial_values` raises."""
        found = self._known.get(initial)
        if found is None:
            found = self._known[initial] = self.stored(self._start(initial))
        return found

    def initial_parameters(self, lowered: Lowered) -> list[F64]:
        """All of them in order; raises `NotComparableError` where one cannot be told."""
        return initial_parameters(lowered, self.profile, lambda initial, _: self.values(initial))

    def _start(self, initial: Initial) -> F64:
        if isinstance(initial, AlteredInitial):
            return initial.start(Initial(initial.shape, initial.scheme, initial.seed), self.profile)
        return initial_values(initial, self.profile)

    def _from(self, index: int) -> int:
        if index + self.shift < 0:
            raise NotComparableError("no counter is below 0")
        return index + self.shift

    def _altered(self, lowered: Lowered | LoweringFailure) -> Lowered | LoweringFailure:
        return lowered if isinstance(lowered, LoweringFailure) else self.alter(lowered)


def each_layer(change: Callable[[int, LayerDefinition], LayerDefinition]) -> Alter:
    """Alters layer by layer; `change` is given the position and the layer."""
    return lambda lowered: replace(
        lowered, layers=tuple(change(position, layer) for position, layer in enumerate(lowered.layers))
    )

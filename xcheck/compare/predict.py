"""Whether a profile gives exactly what Lean wrote, item by item: the question a diff asks of each axis.

It is `check` without the findings: nothing here explains, and a reference that cannot tell says no.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xcheck.compare.layers import layer_findings
from xcheck.compare.stacks import kind_findings, stack_of
from xcheck.compare.tensors import same
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayersOk,
    LowerItem,
    SeqItem,
)
from xcheck.reference.dag import to_dag_term
from xcheck.reference.graph import signature_faults
from xcheck.reference.initialise import UnknownSchemeError, initial_values
from xcheck.reference.lowering import Lowered, LoweringFailure, det_init_params_aux, stages, to_seq_aux
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.profile import Profile
from xcheck.reference.replay import buffers_after, initial_parameters, trace
from xcheck.reference.signature import SignatureError
from xcheck.tensor import F64, Tensor


@dataclass(frozen=True, slots=True)
class Subject:
    """A case's graph or stack: what its other items are made from."""

    item: Item

    def follows(self, item: Item, profile: Profile) -> bool:
        """Whether the reference, under this profile, makes exactly this item of the subject."""
        try:
            if isinstance(self.item, SeqItem):
                return _stack_follows(self.item, item, profile)
            return isinstance(self.item, GraphItem) and self._follows(self.item, item, profile)
        except (NotComparableError, UnknownSchemeError, SignatureError):
            return False

    def _follows(self, subject: GraphItem, item: Item, profile: Profile) -> bool:
        graph = subject.graph
        match item:
            case GraphItem():
                return next(signature_faults(item.graph, profile), None) is None
            case DagItem():
                return item.term == to_dag_term(graph)
            case LowerItem():
                return _lowers(item, to_seq_aux(graph, item.index, profile), profile)
            case InitItem():
                return _initial(item.tensors, to_seq_aux(graph, item.index, profile), profile)
            case DetInitItem():
                ours = det_init_params_aux(graph, item.index, profile)
                if isinstance(item.outcome, Failed) or isinstance(ours, LoweringFailure):
                    return _fails(item.outcome, ours)
                return item.outcome.next_index == ours.next_index and _initial(item.outcome.tensors, ours, profile)
            case ForwardItem():
                return _runs(item, stages(graph, item.index, profile), profile)
            case SeqItem():
                return False


def _stack_follows(subject: SeqItem, item: Item, profile: Profile) -> bool:
    stack = stack_of(subject, profile)
    match item:
        case SeqItem():
            ours = stack_of(item, profile)
            faults = [*kind_findings(item.layers, profile), *layer_findings(item.layers, ours.layers, profile)]
            return not faults and ours.unknown is None
        case LowerItem():
            return _lowers(item, replace(stack, next_index=item.index), profile)
        case InitItem():
            return _initial(item.tensors, stack, profile)
        case ForwardItem():
            return _runs(item, stack, profile)
        case _:
            return False


def _lowers(item: LowerItem, ours: Lowered | LoweringFailure, profile: Profile) -> bool:
    if not isinstance(item.outcome, LayersOk) or isinstance(ours, LoweringFailure):
        return _fails(item.outcome, ours)
    return item.outcome.next_index == ours.next_index and not layer_findings(item.outcome.layers, ours.layers, profile)


def _fails(lean: object, ours: Lowered | LoweringFailure) -> bool:
    return isinstance(lean, Failed) and isinstance(ours, LoweringFailure) and lean.message == ours.message


def _initial(tensors: Sequence[Tensor], ours: Lowered | LoweringFailure, profile: Profile) -> bool:
    if isinstance(ours, LoweringFailure) or ours.unknown is not None:
        return False
    initial = ours.initial
    return len(tensors) == len(initial) and all(
        same(lean, initial_values(own, profile)) for lean, own in zip(tensors, initial, strict=True)
    )


def _runs(item: ForwardItem, ours: Lowered, profile: Profile) -> bool:
    if len(item.trace) != len(ours.layers):
        return False
    if item.params is None:
        params = initial_parameters(ours, profile)
    else:
        if tuple(tensor.shape for tensor in item.params) != ours.param_shapes:
            return False
        params = [tensor.values for tensor in item.params]
    x = item.input.values
    run = Run(profile, item.mode, item.via)
    for lean, x in zip(item.trace, trace(ours.layers, run, params, x), strict=True):  # noqa: B020 (the last is the output)
        if not same(lean, x):
            return False
    return same(item.output, x) and (item.buffers is None or _updates(item.buffers, ours, run, params, item.input))


def _updates(buffers: Sequence[Tensor], ours: Lowered, run: Run, params: Sequence[F64], entry: Tensor) -> bool:
    after = buffers_after(ours.layers, run, params, entry.values)
    return len(after) == len(buffers) and all(same(lean, own) for lean, own in zip(buffers, after, strict=True))

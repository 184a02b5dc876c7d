"""Whether a variant of the reference gives exactly what Lean wrote, item by item.

A diff asks it of each axis, a diagnosis of each explanation.

It is `check` without the findings: nothing here explains, and a reference that cannot tell says no.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from xcheck.compare.layers import layer_findings
from xcheck.compare.stacks import kind_findings
from xcheck.compare.tensors import same
from xcheck.compare.variant import Variant
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
from xcheck.reference.initialise import UnknownSchemeError
from xcheck.reference.lowering import Lowered, LoweringFailure
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.profile import Profile
from xcheck.reference.replay import buffers_after, trace
from xcheck.reference.signature import SignatureError
from xcheck.tensor import F64, Tensor


@dataclass(frozen=True, slots=True)
class Subject:
    """A case's graph or stack: what its other items are made from."""

    item: Item

    def follows(self, item: Item, variant: Variant) -> bool:
        """Whether the reference, replayed with this variant, makes exactly this item of the subject."""
        try:
            if isinstance(self.item, SeqItem):
                return _stack_follows(self.item, item, variant)
            return isinstance(self.item, GraphItem) and self._follows(self.item, item, variant)
        except (NotComparableError, UnknownSchemeError, SignatureError):
            return False

    def _follows(self, subject: GraphItem, item: Item, variant: Variant) -> bool:
        graph, profile = subject.graph, variant.profile
        match item:
            case GraphItem():
                return next(signature_faults(item.graph, profile), None) is None
            case DagItem():
                return item.term == to_dag_term(graph)
            case LowerItem():
                return _lowers(item, variant.lower(graph, item.index), profile)
            case InitItem():
                return _initial(item.tensors, variant.lower(graph, item.index), variant)
            case DetInitItem():
                ours = variant.det_init(graph, item.index)
                if isinstance(item.outcome, Failed) or isinstance(ours, LoweringFailure):
                    return _fails(item.outcome, ours)
                return item.outcome.next_index == ours.next_index and _initial(item.outcome.tensors, ours, variant)
            case ForwardItem():
                return _runs(item, variant.stages(graph, item.index), variant)
            case SeqItem():
                return False


@dataclass(frozen=True, slots=True)
class Parameters:
    """A model of which only the initial parameters are at hand, as a parameter file has them: layers by profile."""

    layers_of: Callable[[Profile], Lowered]

    def follows(self, item: Item, variant: Variant) -> bool:
        """Whether the reference, replayed with this variant, makes exactly these parameters."""
        try:
            ours = variant.alter(self.layers_of(variant.profile))
            return isinstance(item, InitItem) and _initial(item.tensors, ours, variant)
        except (NotComparableError, UnknownSchemeError, SignatureError):
            return False


def _stack_follows(subject: SeqItem, item: Item, variant: Variant) -> bool:
    stack, profile = variant.stack(subject), variant.profile
    match item:
        case SeqItem():
            ours = variant.stack(item)
            faults = [*kind_findings(item.layers, profile), *layer_findings(item.layers, ours.layers, profile)]
            return not faults and ours.unknown is None
        case LowerItem():
            return _lowers(item, replace(stack, next_index=item.index), profile)
        case InitItem():
            return _initial(item.tensors, stack, variant)
        case ForwardItem():
            return _runs(item, stack, variant)
        case _:
            return False


def _lowers(item: LowerItem, ours: Lowered | LoweringFailure, profile: Profile) -> bool:
    if not isinstance(item.outcome, LayersOk) or isinstance(ours, LoweringFailure):
        return _fails(item.outcome, ours)
    return item.outcome.next_index == ours.next_index and not layer_findings(item.outcome.layers, ours.layers, profile)


def _fails(lean: object, ours: Lowered | LoweringFailure) -> bool:
    return isinstance(lean, Failed) and isinstance(ours, LoweringFailure) and lean.message == ours.message


def _initial(tensors: Sequence[Tensor], ours: Lowered | LoweringFailure, variant: Variant) -> bool:
    if isinstance(ours, LoweringFailure) or ours.unknown is not None:
        return False
    initial = ours.initial
    return len(tensors) == len(initial) and all(
        same(lean, variant.values(own)) for lean, own in zip(tensors, initial, strict=True)
    )


def _runs(item: ForwardItem, ours: Lowered, variant: Variant) -> bool:
    if len(item.trace) != len(ours.layers):
        return False
    if ours.layers and item.input.shape != ours.layers[0].signature.input:
        return False
    if item.params is None:
        params: Sequence[F64] = variant.initial_parameters(ours)
    else:
        if tuple(tensor.shape for tensor in item.params) != ours.param_shapes:
            return False
        params = [tensor.values for tensor in item.params]
    x = item.input.values
    params = variant.parameters(params)
    run = Run(variant.profile, item.mode, item.via)
    for lean, x in zip(item.trace, trace(ours.layers, run, params, x), strict=True):  # noqa: B020 (the last is the output)
        if not same(lean, x):
            return False
    return same(item.output, x) and (item.buffers is None or _updates(item.buffers, ours, run, params, item.input))


def _updates(buffers: Sequence[Tensor], ours: Lowered, run: Run, params: Sequence[F64], entry: Tensor) -> bool:
    after = buffers_after(ours.layers, run, params, entry.values)
    return len(after) == len(buffers) and all(same(lean, own) for lean, own in zip(buffers, after, strict=True))

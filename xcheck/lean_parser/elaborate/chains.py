"""`>>>` on graphs and layer stacks, and `tlseq[...]`: stages solved from left to right, or backwards to a known one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.trampoline import Step
from xcheck.lean_parser.elaborate.typing import show
from xcheck.lean_parser.elaborate.values import HOLE, Scope, Type, Value
from xcheck.lean_parser.lean_errors import CannotInferError, LeanTypeError
from xcheck.lean_parser.lean_syntax import Term
from xcheck.reference.graph import Compose
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature

if TYPE_CHECKING:
    from xcheck.lean_parser.elaborate.evaluator import Evaluator


def composition(ev: Evaluator, term: syntax.Binary, scope: Scope, expected: Type | None) -> Step:
    """`a >>> (b >>> ...)` on graphs or on layer stacks."""
    stages: list[Term] = []
    node: Term = term
    places = []
    while isinstance(node, syntax.Binary) and node.operator == ">>>":
        stages.append(node.left)
        places.append(node.at)
        node = node.right
    stages.append(node)
    values = yield _stages(ev, stages, scope, expected, None)
    result = values[-1]
    if isinstance(result, v.GraphValue):
        return _compose_graphs(ev, values, places, scope)
    if isinstance(result, v.SeqModel):
        layers: list[v.LayerCall] = []
        for value, place in zip(values, [*places, places[-1]], strict=True):
            if not isinstance(value, v.SeqModel):
                raise ev.error(LeanTypeError, scope, place, f"`>>>` between a layer stack and {show(value)}")
            layers += value.layers
        return v.SeqModel(tuple(layers), values[0].input, result.output)
    raise ev.error(LeanTypeError, scope, places[-1], f"`>>>` is for graphs and layer stacks, not for {show(result)}")


def _compose_graphs(ev: Evaluator, values: Sequence[Value], places: Sequence[int], scope: Scope) -> v.GraphValue:
    for value, place in zip(values, [*places, places[-1]], strict=True):
        if not isinstance(value, v.GraphValue):
            raise ev.error(LeanTypeError, scope, place, f"`>>>` between a graph and {show(value)}")
    graph = values[-1].graph
    for value in reversed(values[:-1]):
        graph = Compose(value.graph, graph)
    params = tuple(p for value in values for p in value.signature.params)
    return v.GraphValue(graph, Signature(params, values[0].signature.input, values[-1].signature.output))


def layer_list(ev: Evaluator, term: syntax.Items, scope: Scope, expected: Type | None) -> Step:
    """`tlseq[l1, ..., ln]`."""
    values = yield _stages(ev, term.items, scope, expected, "LayerDef")
    for value, item in zip(values, term.items, strict=True):
        if not isinstance(value, v.LayerCall):
            raise ev.error(LeanTypeError, scope, item.at, f"`tlseq[...]` takes layers, not {show(value)}")
    return v.SeqModel(tuple(values), values[0].input, values[-1].output)


def _ends(expected: Type | None) -> tuple[str | None, Value, Value]:
    if isinstance(expected, Type) and expected.head in ("Graph", "Seq", "LayerDef"):
        return expected.head, expected.arguments[-2], expected.arguments[-1]
    return None, HOLE, HOLE


def _wanted(head: str | None, start: Value, stop: Value) -> Type | None:
    if head is None or (start is HOLE and stop is HOLE):
        return None if head is None else Type(head, (HOLE,) * (3 if head == "Graph" else 2))
    return Type("Graph", (HOLE, start, stop)) if head == "Graph" else Type(head, (start, stop))


def _stages(ev: Evaluator, stages: Sequence[Term], scope: Scope, expected: Type | None, head: str | None) -> Step:
    """The values of the stages. A stage whose shape comes from its neighbours waits until one of them is known."""
    outer, start, stop = _ends(expected)
    head = head or outer
    values: list[Value] = [None] * len(stages)
    waiting: list[int] = []
    known = start
    for index, stage in enumerate(stages):
        last = stop if index == len(stages) - 1 else HOLE
        try:
            value = yield ev.term(stage, scope, _wanted(head, known, last))
        except CannotInferError:
            if known is not HOLE or index == len(stages) - 1:
                raise
            waiting.append(index)
            continue
        values[index] = value
        first = _shape(ev, value, stage, scope)[0]
        if known is not HOLE and first != known:
            raise ev.error(
                LeanTypeError,
                scope,
                stage.at,
                f"this stage takes {format_shape(first)}, but the stage before gives {format_shape(known)}",
            )
        for back in reversed(waiting):
            before = yield ev.term(stages[back], scope, _wanted(_head(value), HOLE, first))
            given, out = _shape(ev, before, stages[back], scope)
            if out != first:
                raise ev.error(
                    LeanTypeError,
                    scope,
                    stages[back].at,
                    f"this stage gives {format_shape(out)}, but the next takes {format_shape(first)}",
                )
            values[back], first = before, given
        waiting = []
        known = _shape(ev, value, stage, scope)[1]
        head = head or _head(value)
    return values


def _head(value: Value) -> str:
    if isinstance(value, v.GraphValue):
        return "Graph"
    return "Seq" if isinstance(value, v.SeqModel) else "LayerDef"


def _shape(ev: Evaluator, value: Value, stage: Term, scope: Scope) -> tuple[Value, Value]:
    if isinstance(value, v.GraphValue):
        return value.signature.input, value.signature.output
    if isinstance(value, v.SeqModel | v.LayerCall):
        return value.input, value.output
    if isinstance(value, v.PrimitiveValue):
        raise ev.error(LeanTypeError, scope, stage.at, "a Primitive is no stage; wrap it as `.prim p`")
    raise ev.error(LeanTypeError, scope, stage.at, f"{show(value)} is no stage of a chain")

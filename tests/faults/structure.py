"""What is wrong is not a number: layers, labels, shapes, counters, errors, terms and declarations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.faults.fault import Fault, at, by_item, turned, without
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    Item,
    LayerRecord,
    LayersOk,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.reference.dag import Let1, Op, Term, Var
from xcheck.reference.graph import Compose, Graph, Prim, signature_of
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor

Layers = tuple[LayerRecord, ...]


def lowering(name: str, cause: str, change: Callable[[Layers, int], Layers | None]) -> Fault:
    """A fault in the layer list of `lower`."""

    def changed(item: LowerItem, salt: int) -> LowerItem | None:
        if not isinstance(item.outcome, LayersOk) or not item.outcome.layers:
            return None
        layers = change(item.outcome.layers, salt)
        return None if layers is None else replace(item, outcome=replace(item.outcome, layers=layers))

    return by_item(name, cause, LowerItem, changed)


def stack(name: str, cause: str, change: Callable[[Layers, int], Layers | None]) -> Fault:
    """A fault in the layers that a stack shows."""

    def changed(item: SeqItem, salt: int) -> SeqItem | None:
        layers = change(item.layers, salt)
        return layers and replace(item, layers=layers)

    return by_item(name, cause, SeqItem, changed)


def _left_out(layers: Layers, salt: int) -> Layers | None:
    return without(layers, salt % len(layers)) if len(layers) > 1 else None


def _doubled(layers: Layers, salt: int) -> Layers:
    place = salt % len(layers)
    return layers[: place + 1] + layers[place:]


def _two_left_out(layers: Layers, salt: int) -> Layers | None:
    """Two layers, not always neighbours; one stays."""
    if len(layers) < 3:
        return None
    place = salt % len(layers)
    other = (place + 1 + salt // len(layers) % (len(layers) - 1)) % len(layers)
    return without(without(layers, max(place, other)), min(place, other))


def _all_left_out(layers: Layers, _: int) -> Layers | None:
    return () if len(layers) > 1 else None


def _three_times(layers: Layers, salt: int) -> Layers:
    place = salt % len(layers)
    return layers[: place + 1] + layers[place : place + 1] + layers[place:]


def _one_for_two(layers: Layers, salt: int) -> Layers | None:
    """Two neighbours merged: one layer from the first's input to the second's output, with the first's label."""
    if len(layers) < 2:
        return None
    place = salt % (len(layers) - 1)
    first, second = layers[place : place + 2]
    signature = Signature(
        first.signature.params + second.signature.params, first.signature.input, second.signature.output
    )
    merged = replace(first, signature=signature, requires_grad=first.requires_grad + second.requires_grad)
    # Beside a layer that does nothing it is as if that one were left out.
    if merged in (first, second):
        return None
    return (*layers[:place], merged, *layers[place + 2 :])


def _foreign(layers: Layers, salt: int) -> Layers | None:
    """A layer that is not of the chain, and changes nothing; it is no neighbour once more."""
    place = salt % (len(layers) + 1)
    shape = layers[place - 1].signature.output if place else layers[0].signature.input
    kind = None if all(layer.kind is None for layer in layers) else "Identity"
    foreign = LayerRecord(kind, {}, Signature((), shape, shape), ())
    if foreign in layers[max(place - 1, 0) : place + 1]:
        return None
    return (*layers[:place], foreign, *layers[place:])


def _exchanged(layers: Layers, salt: int) -> Layers | None:
    for place in turned(len(layers), salt):
        if place + 1 < len(layers) and layers[place] != layers[place + 1]:
            return at(at(layers, place, layers[place + 1]), place + 1, layers[place])
    return None


def _label(layers: Layers, salt: int) -> Layers:
    place = salt % len(layers)
    kind = layers[place].kind
    return at(layers, place, replace(layers[place], kind="Module" if kind is None else kind.swapcase()))


def _no_label(layers: Layers, salt: int) -> Layers | None:
    place = salt % len(layers)
    return at(layers, place, replace(layers[place], kind=None)) if len(layers) > 1 else None


def _flag(layers: Layers, salt: int) -> Layers | None:
    for place in turned(len(layers), salt):
        flags = layers[place].requires_grad
        if flags:
            which = salt % len(flags)
            return at(layers, place, replace(layers[place], requires_grad=at(flags, which, not flags[which])))
    return None


def _shape(which: str) -> Callable[[Layers, int], Layers | None]:
    def change(layers: Layers, salt: int) -> Layers | None:
        for place in turned(len(layers), salt):
            signature = layers[place].signature
            shape = getattr(signature, which)
            if which == "params":
                if not shape:
                    continue
                shape = at(shape, 0, (*shape[0][:-1], shape[0][-1] + 1))
            else:
                shape = (*shape[:-1], shape[-1] + 1) if shape else (1,)
            return at(layers, place, replace(layers[place], signature=replace(signature, **{which: shape})))
        return None

    return change


def _next_index(item: LowerItem | DetInitItem, _: int) -> Item | None:
    outcome = item.outcome
    if isinstance(outcome, Failed):
        return None
    return replace(item, outcome=replace(outcome, next_index=outcome.next_index + 1))


def _error_string(change: Callable[[str], str]) -> Callable[[Item, int], Item | None]:
    def changed(item: LowerItem | DetInitItem, _: int) -> Item | None:
        if not isinstance(item.outcome, Failed):
            return None
        return replace(item, outcome=Failed(change(item.outcome.message)))

    return changed


def _failed(item: LowerItem | DetInitItem, _: int) -> Item | None:
    if isinstance(item.outcome, Failed):
        return None
    return replace(item, outcome=Failed("graphspec: not supported"))


def _succeeded(item: LowerItem | DetInitItem, _: int) -> Item | None:
    if not isinstance(item.outcome, Failed):
        return None
    empty = LayersOk(item.index, ()) if isinstance(item, LowerItem) else TensorsOk(item.index, ())
    return replace(item, outcome=empty)


def _trace_length(item: ForwardItem, salt: int) -> ForwardItem | None:
    return replace(item, trace=without(item.trace, salt % len(item.trace))) if item.trace else None


def _trace_longer(item: ForwardItem, _: int) -> ForwardItem:
    return replace(item, trace=(item.input, *item.trace))


def reshaped(tensor: Tensor) -> Tensor:
    return replace(tensor, shape=(1, *tensor.shape))


def _forward_shape(which: str) -> Callable[[ForwardItem, int], ForwardItem | None]:
    def change(item: ForwardItem, salt: int) -> ForwardItem | None:
        given = getattr(item, which)
        if which != "trace":
            return replace(item, **{which: reshaped(given)})
        if not given:
            return None
        place = salt % len(given)
        return replace(item, trace=at(given, place, reshaped(given[place])))

    return change


def rewritten(term: Term, change: Callable[[Term], Term | None]) -> Term | None:
    """The term with the first subterm that `change` takes changed, None where there is none."""
    found = change(term)
    if found is not None:
        return found
    if isinstance(term, Op):
        for place, arg in enumerate(term.args):
            inner = rewritten(arg, change)
            if inner is not None:
                return Op(term.name, at(term.args, place, inner))
    if isinstance(term, Let1):
        bound = rewritten(term.bound, change)
        if bound is not None:
            return Let1(bound, term.body)
        body = rewritten(term.body, change)
        return body and Let1(term.bound, body)
    return None


def _variable(term: Term) -> Term | None:
    """The last argument of an operation, or a variable on its own, is the neighbouring one."""
    if isinstance(term, Op) and isinstance(term.args[-1], Var):
        level = term.args[-1].level
        return Op(term.name, (*term.args[:-1], Var(level - 1 if level else 1)))
    return Var(term.level - 1 if term.level else 1) if isinstance(term, Var) else None


def _operands(term: Term) -> Term | None:
    """The first two arguments of an operation exchanged."""
    if isinstance(term, Op) and len(term.args) > 1 and term.args[0] != term.args[1]:
        return Op(term.name, (term.args[1], term.args[0], *term.args[2:]))
    return None


def _operation(term: Term) -> Term | None:
    """Another operation's name."""
    return Op("relu" if term.name != "relu" else "softmax", term.args) if isinstance(term, Op) else None


def _binding(term: Term) -> Term | None:
    """A `let1` inlined: its body refers to the bound value as before, and it is not there."""
    return term.body if isinstance(term, Let1) else None


def _dag(name: str, change: Callable[[Term], Term | None]) -> Fault:
    def changed(item: DagItem, _: int) -> DagItem | None:
        term = rewritten(item.term, change)
        return term and replace(item, term=term)

    return by_item(f"dag-term/{name}", "dag-term", DagItem, changed)


def reassociated(graph: Graph) -> Graph | None:
    """The graph with the first composition of three associated the other way."""
    if not isinstance(graph, Compose):
        return None
    if isinstance(graph.second, Compose):
        return Compose(Compose(graph.first, graph.second.first), graph.second.second)
    if isinstance(graph.first, Compose):
        return Compose(graph.first.first, Compose(graph.first.second, graph.second))
    return None


def _association(item: GraphItem, _: int) -> GraphItem | None:
    graph = reassociated(item.graph)
    return graph and replace(item, graph=graph)


def with_prim(graph: Graph, change: Callable[[Prim], Prim | None]) -> Graph | None:
    """The graph with its first primitive that `change` takes changed."""
    if isinstance(graph, Prim):
        return None if graph.primitive.opaque else change(graph)
    if isinstance(graph, Compose):
        first = with_prim(graph.first, change)
        if first is not None:
            return Compose(first, graph.second)
        second = with_prim(graph.second, change)
        return second and Compose(graph.first, second)
    return None


def _declaration(name: str, change: Callable[[Prim], Prim | None]) -> Fault:
    def changed(item: GraphItem, _: int) -> GraphItem | None:
        graph = with_prim(item.graph, change)
        return graph and replace(item, graph=graph, signature=signature_of(graph))

    return by_item(f"declaration/{name}", "declaration", GraphItem, changed)


def _declared_params(node: Prim) -> Prim | None:
    params = node.signature.params
    if not params:
        return None
    last = (*params[-1][:-1], params[-1][-1] + 1)
    return replace(node, signature=replace(node.signature, params=at(params, len(params) - 1, last)))


FAULTS = (
    lowering("layer-left-out", "layer-left-out", _left_out),
    lowering("layer-doubled", "layer-doubled", _doubled),
    lowering("layers-exchanged", "layers-exchanged", _exchanged),
    lowering("layer-count/two-left-out", "layer-count", _two_left_out),
    lowering("layer-count/all-left-out", "layer-count", _all_left_out),
    lowering("layer-count/three-times", "layer-count", _three_times),
    lowering("layer-count/one-for-two", "layer-count", _one_for_two),
    lowering("layer-count/foreign", "layer-count", _foreign),
    lowering("label/changed", "label", _label),
    lowering("label/lost", "label", _no_label),
    stack("label/stack", "label", _label),
    lowering("flag", "flag", _flag),
    stack("flag/stack", "flag", _flag),
    *(lowering(f"shape/layer-{which}", "shape", _shape(which)) for which in ("params", "input", "output")),
    *(
        by_item(f"shape/forward-{which}", "shape", ForwardItem, _forward_shape(which))
        for which in ("input", "trace", "output")
    ),
    by_item("next-index/lower", "next-index", LowerItem, _next_index),
    by_item("next-index/det-init", "next-index", DetInitItem, _next_index),
    by_item("error-string/quotes", "error-string", LowerItem, _error_string(lambda text: text.replace("`", "'"))),
    by_item("error-string/cut", "error-string", DetInitItem, _error_string(lambda text: text[:-1])),
    by_item("outcome/lower-failed", "outcome", LowerItem, _failed),
    by_item("outcome/lower-succeeded", "outcome", LowerItem, _succeeded),
    by_item("outcome/det-init-failed", "outcome", DetInitItem, _failed),
    by_item("outcome/det-init-succeeded", "outcome", DetInitItem, _succeeded),
    by_item("trace-length/shorter", "trace-length", ForwardItem, _trace_length),
    by_item("trace-length/longer", "trace-length", ForwardItem, _trace_longer),
    _dag("variable", _variable),
    _dag("operands", _operands),
    _dag("operation", _operation),
    _dag("binding", _binding),
    by_item("association", "association", GraphItem, _association),
    _declaration("params", _declared_params),
    _declaration("counts", lambda node: replace(node, counts=not node.counts)),
    _declaration("layer", lambda node: replace(node, layer=not node.layer)),
)

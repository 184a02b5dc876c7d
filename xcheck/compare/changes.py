"""What changed in one case, in observable terms: item by item, before anyone asks why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from xcheck.compare.change import Aspect, Change, TensorChange
from xcheck.compare.labels import label
from xcheck.compare.tensors import tensor_difference
from xcheck.fixtures.hashing import start_of
from xcheck.lean_parser.printer import print_graph, print_layer, print_prim, print_term
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LayersOk,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.reference.graph import primitives
from xcheck.reference.shape import format_shape
from xcheck.tensor import Tensor

_SHOWN = 8


def item_changes(old: Item, new: Item, *, maps: bool = False) -> Iterator[Change]:
    """What changed between two items of one kind; with `maps`, changes of values carry their tensors."""
    match old, new:
        case GraphItem(), GraphItem():
            yield from _graph(old, new)
        case SeqItem(), SeqItem():
            yield from _layers("seq", old.layers, new.layers)
        case DagItem(), DagItem():
            if old.term != new.term:
                yield Change(
                    Aspect.DAG, "dag", "another DAG term", detail=_both(print_term(old.term), print_term(new.term))
                )
        case LowerItem(), LowerItem():
            yield from _lower(old, new)
        case InitItem(), InitItem():
            yield from _parameters(label(old), old.tensors, new.tensors, maps)
        case DetInitItem(), DetInitItem():
            yield from _det_init(old, new, maps)
        case ForwardItem(), ForwardItem():
            yield from _forward(old, new, maps)


def paired(old: Sequence[Item], new: Sequence[Item]) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """The items of two cases that belong together, and those only the old or only the new case has.

    Forwards belong together that run from the same counter, in the same mode, on the same input and parameters; those
    left over are taken in order.
    """
    pairs: list[tuple[Item, Item]] = []
    left, right = list(old), list(new)
    for key in (_exact_key, _loose_key):
        waiting: dict[object, list[Item]] = {}
        for item in right:
            waiting.setdefault(key(item), []).append(item)
        rest: list[Item] = []
        for item in left:
            if same := waiting.get(key(item)):
                pairs.append((item, same.pop(0)))
            else:
                rest.append(item)
        left = rest
        kept = {id(item) for items in waiting.values() for item in items}
        right = [item for item in right if id(item) in kept]
    order = {id(item): position for position, item in enumerate(old)}
    pairs.sort(key=lambda pair: order[id(pair[0])])
    return pairs, left, right


def _exact_key(item: Item) -> object:
    if isinstance(item, ForwardItem):
        return ("forward", item.index, item.mode, item.via, item.input, item.params)
    return (type(item).__name__, start_of(item))


def _loose_key(item: Item) -> object:
    return ("forward", item.index, item.mode, item.via) if isinstance(item, ForwardItem) else _exact_key(item)


def _graph(old: GraphItem, new: GraphItem) -> Iterator[Change]:
    if old.graph == new.graph:
        return
    before, after = list(primitives(old.graph)), list(primitives(new.graph))
    both = _both(print_graph(old.graph), print_graph(new.graph))
    if [prim.primitive for prim in before] == [prim.primitive for prim in after]:
        if [prim.signature for prim in before] != [prim.signature for prim in after]:
            text = f"the same primitives have other shapes: {old.signature} is now {new.signature}"
            yield Change(Aspect.SIGNATURE, "graph", text, detail=both)
            return
        flags = [(prim.counts, prim.layer) for prim in before] != [(prim.counts, prim.layer) for prim in after]
        what = "other flags on the same primitives" if flags else "the same primitives, composed in another order"
        yield Change(Aspect.GRAPH, "graph", what if flags else "other identities or association", detail=both)
        return
    names = [[prim.primitive.name for prim in side] for side in (before, after)]
    place = next(k for k, (a, b) in enumerate(zip_longest(before, after)) if a is None or b is None or a != b)
    shown = [print_prim(side[place]) if place < len(side) else "nothing" for side in (before, after)]
    counts = f"{len(names[0])} -> {len(names[1])} primitives, " if len(names[0]) != len(names[1]) else ""
    text = f"another graph: {counts}first at primitive {place}: {shown[0]} -> {shown[1]}"
    yield Change(Aspect.GRAPH, "graph", text, detail=both)


def _lower(old: LowerItem, new: LowerItem) -> Iterator[Change]:
    if isinstance(old.outcome, LayersOk) and isinstance(new.outcome, LayersOk):
        yield from _layers(label(old), old.outcome.layers, new.outcome.layers)
        yield from _counter(label(old), old.outcome.next_index, new.outcome.next_index)
    else:
        yield from _outcome(label(old), old.outcome, new.outcome)


def _det_init(old: DetInitItem, new: DetInitItem, maps: bool) -> Iterator[Change]:
    if isinstance(old.outcome, TensorsOk) and isinstance(new.outcome, TensorsOk):
        yield from _parameters(label(old), old.outcome.tensors, new.outcome.tensors, maps)
        yield from _counter(label(old), old.outcome.next_index, new.outcome.next_index)
    else:
        yield from _outcome(label(old), old.outcome, new.outcome)


def _counter(item: str, old: int, new: int) -> Iterator[Change]:
    if old != new:
        yield Change(Aspect.COUNTER, item, f"next counter {old} -> {new}")


def _outcome(item: str, old: object, new: object) -> Iterator[Change]:
    if isinstance(old, Failed) and isinstance(new, Failed):
        if old.message != new.message:
            text = f"error text {old.message!r} -> {new.message!r}"
            yield Change(Aspect.ERROR, item, text, detail=_both(old.message, new.message))
        return
    said = [f"error {side.message!r}" if isinstance(side, Failed) else "ok" for side in (old, new)]
    yield Change(Aspect.OUTCOME, item, f"{said[0]} -> {said[1]}")


def _layers(item: str, old: Sequence[LayerRecord], new: Sequence[LayerRecord]) -> Iterator[Change]:
    if len(old) != len(new):
        place = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        text = f"{len(old)} -> {len(new)} layers, parting at layer {place}"
        yield Change(Aspect.LAYERS, item, text, detail=_both(_printed(old, place), _printed(new, place)))
        return
    labels = [k for k, (a, b) in enumerate(zip(old, new, strict=True)) if a.kind != b.kind]
    if labels:
        first = labels[0]
        shown = f"layer {first}: {_kind(old[first].kind)} -> {_kind(new[first].kind)}"
        detail = tuple(f"layer {k}: {_kind(old[k].kind)} -> {_kind(new[k].kind)}" for k in labels)
        yield Change(Aspect.LABELS, item, shown, len(labels), len(old), detail=detail)
    for what, changed in (
        ("shapes", [k for k, (a, b) in enumerate(zip(old, new, strict=True)) if a.signature != b.signature]),
        (
            "requires-grad",
            [k for k, (a, b) in enumerate(zip(old, new, strict=True)) if a.requires_grad != b.requires_grad],
        ),
        ("attributes", [k for k, (a, b) in enumerate(zip(old, new, strict=True)) if a.attributes != b.attributes]),
        ("initialisation plan", [k for k, (a, b) in enumerate(zip(old, new, strict=True)) if a.plan != b.plan]),
    ):
        if changed:
            first = changed[0]
            text = f"{what} of {_numbers('layer', changed)}"
            detail = _both(print_layer(old[first]), print_layer(new[first]))
            yield Change(Aspect.LAYERS, item, text, len(changed), len(old), detail=detail)


def _parameters(item: str, old: Sequence[Tensor], new: Sequence[Tensor], maps: bool) -> Iterator[Change]:
    total = sum(tensor.bits.size for tensor in old)
    shapes = [tensor.shape for tensor in old], [tensor.shape for tensor in new]
    if shapes[0] != shapes[1]:
        text = f"parameter shapes {_shapes(shapes[0])} -> {_shapes(shapes[1])}"
        yield Change(Aspect.PARAMETERS, item, text, total, total)
        return
    found = _compared(old, new, [f"parameter {k}" for k in range(len(old))], maps)
    if found.places:
        text = f"{_numbers('parameter', found.places)}: {found.values:,} of {total:,} values{found.distance()}"
        yield found.change(Aspect.PARAMETERS, item, text, found.values, total)
    elif found.payloads:
        yield Change(Aspect.NAN_BITS, item, "NaNs with other payloads, which count as the same value")


def _forward(old: ForwardItem, new: ForwardItem, maps: bool) -> Iterator[Change]:
    item = label(old)
    if old.input != new.input:
        yield Change(Aspect.ITEMS, item, "another input")
    if old.params != new.params:
        yield Change(Aspect.ITEMS, item, "other parameters given")
    if len(old.trace) != len(new.trace):
        yield Change(Aspect.FORWARD, item, f"{len(old.trace)} -> {len(new.trace)} layers ran")
        return
    sides = [*old.trace, old.output], [*new.trace, new.output]
    shapes = [[tensor.shape for tensor in side] for side in sides]
    if shapes[0] != shapes[1]:
        place = next(k for k, (a, b) in enumerate(zip(*shapes, strict=True)) if a != b)
        shown = f"{format_shape(shapes[0][place])} -> {format_shape(shapes[1][place])}"
        yield Change(Aspect.FORWARD, item, f"another shape from {_place(place, len(old.trace))} on: {shown}")
        return
    layers = len(old.trace)
    found = _compared(*sides, [_place(k, layers) for k in range(layers + 1)], maps)
    payloads = found.payloads
    if found.places:
        text = f"from {_place(found.places[0], layers)} on{found.distance()}"
        yield found.change(Aspect.FORWARD, item, text, len(found.places), layers + 1)
    buffers = old.buffers or (), new.buffers or ()
    if (old.buffers is None) != (new.buffers is None) or len(buffers[0]) != len(buffers[1]):
        yield Change(Aspect.ITEMS, item, f"{len(buffers[0])} -> {len(buffers[1])} buffers")
    elif buffers[0] != buffers[1]:
        if [tensor.shape for tensor in buffers[0]] != [tensor.shape for tensor in buffers[1]]:
            yield Change(Aspect.FORWARD, item, "other buffer shapes")
            return
        moved = _compared(*buffers, [f"buffer {k}" for k in range(len(buffers[0]))], maps)
        payloads = payloads or moved.payloads
        if moved.places:
            text = f"{_numbers('buffer', moved.places)}{moved.distance()}"
            yield moved.change(Aspect.FORWARD, item, text, len(moved.places), len(buffers[0]))
    if payloads and not found.places:
        yield Change(Aspect.NAN_BITS, item, "NaNs with other payloads, which count as the same value")


@dataclass(frozen=True, slots=True)
class _Compared:
    """Two lists of tensors: which differ, by how much, and whether a NaN has another payload in those that do not."""

    tensors: tuple[TensorChange, ...]
    places: tuple[int, ...]
    payloads: bool
    maps: bool

    @property
    def values(self) -> int:
        return sum(tensor.difference.differing for tensor in self.tensors)

    def distance(self) -> str:
        parts: list[str] = []
        ulps, infinite = self._ulps(), sum(tensor.difference.not_finite for tensor in self.tensors)
        if ulps is not None:
            parts.append(f"at most {ulps:,} ulp apart")
        if infinite:
            parts.append(f"{infinite:,} of them NaN or infinite on one side")
        return ", " + ", ".join(parts) if parts else ""

    def change(self, aspect: Aspect, item: str, text: str, count: int, total: int) -> Change:
        detail = tuple(map(_line, self.tensors))
        return Change(aspect, item, text, count, total, self._ulps(), detail, tensors=self.tensors if self.maps else ())

    def _ulps(self) -> int | None:
        found = [tensor.difference.max_ulp for tensor in self.tensors]
        return max((ulp for ulp in found if ulp is not None), default=None)


def _compared(old: Sequence[Tensor], new: Sequence[Tensor], names: Sequence[str], maps: bool) -> _Compared:
    found: list[TensorChange] = []
    places: list[int] = []
    payloads = False
    for place, (name, a, b) in enumerate(zip(names, old, new, strict=True)):
        difference = tensor_difference(a, b, maps=maps)
        if difference is None:
            payloads = payloads or not np.array_equal(a.bits, b.bits)
            continue
        found.append(TensorChange(name, difference))
        places.append(place)
    return _Compared(tuple(found), tuple(places), payloads, maps)


def _line(tensor: TensorChange) -> str:
    difference = tensor.difference
    first = difference.first[0]
    return (
        f"{tensor.name}: {difference.differing} of {difference.total} values, first at "
        f"{format_shape(first.coordinate)}: 0x{first.lean} -> 0x{first.reference}"
    )


def _numbers(what: str, places: Sequence[int]) -> str:
    if len(places) == 1:
        return f"{what} {places[0]}"
    shown = ", ".join(map(str, places[:_SHOWN])) + (", ..." if len(places) > _SHOWN else "")
    return f"{what}s {shown}"


def _place(position: int, layers: int) -> str:
    return f"layer {position}" if position < layers else "the output"


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return "[" + ", ".join(map(format_shape, shapes)) + "]"


def _kind(kind: str | None) -> str:
    return "none" if kind is None else repr(kind)


def _printed(layers: Sequence[LayerRecord], place: int) -> str:
    return print_layer(layers[place]) if place < len(layers) else "no more layers"


def _both(old: str, new: str) -> tuple[str, str]:
    return f"old: {old}", f"new: {new}"

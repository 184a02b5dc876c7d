"""One case of an export, said again by a `Machine`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tests.faults.machine import Machine, window_of
from tests.faults.machine import place_of as place
from tests.scalar.bits import bits
from tests.scalar.forwards import count
from xcheck.lean_parser.records import (
    DetInitItem,
    Export,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LayersOk,
    LowerItem,
    TensorsOk,
)
from xcheck.reference.graph import Compose, Graph, Identity, Prim, primitives
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor

LARGEST = 20_000
"""Multiply-adds beyond which a case is left alone."""


def tensor(shape: tuple[int, ...], values: Sequence[float]) -> Tensor:
    return Tensor(shape, np.array([bits(value) for value in values], np.uint64))


def numbers(value: Tensor) -> list[float]:
    return value.values.reshape(-1).tolist()


_RECENT = 16
_grouped: dict[int, tuple[Export, Mapping[str, tuple[Item, ...]]]] = {}


def items_of(export: Export, case: str) -> tuple[Item, ...]:
    """The case's items; grouping an export is remembered, since plantings ask for one case after the other."""
    known = _grouped.get(id(export))
    if known is None or known[0] is not export:
        while len(_grouped) >= _RECENT:
            del _grouped[next(iter(_grouped))]
        known = _grouped[id(export)] = (export, export.cases())
    return known[1][case]


def one_case(export: Export, case: str) -> Export:
    """The export with this case alone."""
    return replace(export, items=items_of(export, case))


def graph_of(export: Export, case: str) -> GraphItem | None:
    """The case's graph item; None where it is a stack, or too large to be replayed here."""
    item = items_of(export, case)[0]
    return item if isinstance(item, GraphItem) and _work(item.graph) <= LARGEST else None


def _work(graph: Graph) -> int:
    done = 0
    for node in primitives(graph):
        out = count(node.signature.output)
        if place(node.primitive) == "conv":
            done += out * count(node.signature.params[0][1:])
        elif place(node.primitive) == "max_pool":
            done += out * math.prod(window_of(node.primitive)[0])
        else:
            done += sum(map(count, node.signature.params)) + out
    return done


def resigned(graph: Graph, machine: Machine) -> Graph | None:
    """The graph with the output shapes that the machine gives; None where its stages no longer fit."""

    def walk(node: Graph, shape: tuple[int, ...]) -> tuple[Graph, tuple[int, ...]] | None:
        if isinstance(node, Identity):
            return Identity(shape), shape
        if isinstance(node, Compose):
            first = walk(node.first, shape)
            second = first and walk(node.second, first[1])
            return second and (Compose(first[0], second[0]), second[1])
        out = (
            node.signature.output if place(node.primitive) == "opaque" else machine.output_shape(node.primitive, shape)
        )
        if out is None:
            return None
        return replace(node, signature=Signature(node.signature.params, shape, out)), out

    first = graph
    while isinstance(first, Compose):
        first = first.first
    start = first.shape if isinstance(first, Identity) else first.signature.input
    found = walk(graph, start)
    return found and found[0]


def replayed(export: Export, case: str, machine: Machine) -> Export | None:
    """The case as this machine would have exported it; None where it cannot be run by it or is too large."""
    item = graph_of(export, case)
    graph = item and resigned(item.graph, machine)
    if graph is None:
        return None
    nodes = list(primitives(graph))
    return replace(one_case(export, case), items=tuple(_item(i, graph, nodes, machine) for i in items_of(export, case)))


def _item(item: Item, graph: Graph, nodes: list[Prim], machine: Machine) -> Item:
    match item:
        case GraphItem():
            out = nodes[-1].signature.output if nodes else item.signature.output
            return replace(item, graph=graph, signature=replace(item.signature, output=out))
        case LowerItem():
            return replace(item, outcome=_lowered(nodes, item.index, machine))
        case DetInitItem():
            return replace(item, outcome=_initialised(nodes, item.index, machine))
        case InitItem():
            return replace(item, tensors=_tensors(nodes, machine.initial(nodes, item.index)))
        case ForwardItem():
            return _forward(item, nodes, machine)
    return item


def _tensors(nodes: Sequence[Prim], values: Sequence[Sequence[float]]) -> tuple[Tensor, ...]:
    shapes = [shape for node in nodes for shape in node.signature.params]
    return tuple(tensor(shape, flat) for shape, flat in zip(shapes, values, strict=True))


def _without_layer(nodes: Sequence[Prim]) -> str | None:
    return next((node.primitive.name for node in nodes if not node.layer), None)


def _lowered(nodes: Sequence[Prim], index: int, machine: Machine) -> LayersOk | Failed:
    missing = _without_layer(nodes)
    if missing is not None:
        return Failed(machine.seq_error(missing))
    layers = tuple(
        LayerRecord(machine.kind(node.primitive), {}, node.signature, (True,) * len(node.signature.params))
        for node in nodes
    )
    return LayersOk(machine.occurrences(nodes, index)[1], layers)


def _initialised(nodes: Sequence[Prim], index: int, machine: Machine) -> TensorsOk | Failed:
    missing = _without_layer(nodes)
    if missing is not None:
        return Failed(machine.init_error(missing))
    return TensorsOk(machine.occurrences(nodes, index)[1], _tensors(nodes, machine.initial(nodes, index)))


def _forward(item: ForwardItem, nodes: Sequence[Prim], machine: Machine) -> ForwardItem:
    if item.params is None:
        params = machine.initial(nodes, item.index)
    else:
        params = [numbers(given) for given in item.params]
    trace = machine.trace(nodes, params, numbers(item.input), item.input.shape)
    tensors = tuple(tensor(shape, values) for shape, values in trace)
    return replace(item, trace=tensors, output=tensors[-1] if tensors else item.input)

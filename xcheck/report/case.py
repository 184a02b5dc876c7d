"""One case of an export, in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LowerItem,
    SeqItem,
)
from xcheck.reference.graph import Compose, Graph, Identity, Prim, reading_order
from xcheck.reference.initialise import Initial
from xcheck.reference.lowering import LoweringFailure, to_seq_aux
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape, size
from xcheck.tensor import Shape, Tensor


def case_row(items: Sequence[Item]) -> tuple[str, str, str, str]:
    """How many items the case has, its input and output shapes, and how many parameter values."""
    subject = items[0]
    if isinstance(subject, GraphItem):
        signature = subject.signature
        values = sum(map(size, signature.params))
        return str(len(items)), format_shape(signature.input), format_shape(signature.output), f"{values:,}"
    if isinstance(subject, SeqItem) and subject.layers:
        values = sum(size(shape) for layer in subject.layers for shape in layer.signature.params)
        first, last = subject.layers[0].signature, subject.layers[-1].signature
        return str(len(items)), format_shape(first.input), format_shape(last.output), f"{values:,}"
    return str(len(items)), "", "", "0"


def case_lines(items: Sequence[Item], profile: Profile) -> Iterator[RenderableType]:
    """Everything about the case, item by item, in file order."""
    forwards = 0
    for item in items:
        match item:
            case GraphItem():
                yield Text(f"graph {item.name}", style="bold")
                yield Text(f"  {item.signature}")
                yield Text(f"  {chain_text(item.graph)}")
                yield from _layers_of(item, items, profile)
            case SeqItem():
                yield Text(f"seq {item.name}", style="bold")
                yield from _seq(item)
            case DagItem():
                continue
            case LowerItem():
                yield _lower(item)
            case InitItem():
                yield Text(f"init from {item.index}", style="bold")
                yield Padding.indent(_statistics(item.tensors), 2)
            case DetInitItem():
                if isinstance(item.outcome, Failed):
                    yield Text(f"det_init from {item.index}: error {item.outcome.message!r}")
                else:
                    count = len(item.outcome.tensors)
                    yield Text(f"det_init from {item.index}: {count} tensors, next index {item.outcome.next_index}")
            case ForwardItem():
                forwards += 1
                yield from _forward(item, forwards)


def chain_text(graph: Graph) -> str:
    """The chain with its association, shapes left out: `(linear(4,8) >>> (relu >>> linear(8,2)))`."""
    pieces: list[str] = []
    operands: list[int] = []
    for node in reading_order(graph):
        if node == "(":
            pieces.append("(")
            operands.append(0)
            continue
        if node == ")":
            pieces.append(")")
            operands.pop()
        elif isinstance(node, Identity):
            pieces.append("id")
        elif isinstance(node, Prim):
            pieces.append(node.primitive.name)
        if operands and not operands[-1]:
            pieces.append(" >>> ")
            operands[-1] = 1
    text = "".join(pieces)
    return text[1:-1] if isinstance(graph, Compose) else text


def _layers_of(subject: GraphItem, items: Sequence[Item], profile: Profile) -> Iterator[RenderableType]:
    index = next((item.index for item in items if isinstance(item, LowerItem | InitItem)), 0)
    lowered = to_seq_aux(subject.graph, index, profile)
    if isinstance(lowered, LoweringFailure):
        yield Text(f"  does not lower: {lowered.message}", style="yellow")
        return
    table = _table("layer", "kind", "index", "parameters", "initial values (seed)", "output")
    for position, layer in enumerate(lowered.layers):
        table.add_row(
            str(position),
            layer.kind or layer.label,
            str(layer.index),
            " ".join(map(_shape, layer.signature.params)),
            layer.unknown or ", ".join(map(_initial, layer.initial)),
            format_shape(layer.signature.output),
        )
    yield Text(f"  lowered by {profile.name} from index {index}, next index {lowered.next_index}:")
    yield Padding.indent(table, 2)


def _seq(item: SeqItem) -> Iterator[RenderableType]:
    table = _table("layer", "kind", "attributes", "parameters", "output")
    for position, layer in enumerate(item.layers):
        given = ", ".join(f"{name} := {value!r}" for name, value in layer.attributes.items())
        shapes = " ".join(map(_shape, layer.signature.params))
        table.add_row(str(position), layer.kind or "", given, shapes, format_shape(layer.signature.output))
    yield Padding.indent(table, 2)


def _lower(item: LowerItem) -> RenderableType:
    if isinstance(item.outcome, Failed):
        return Text(f"lower from {item.index}: error {item.outcome.message!r}", style="bold")
    count = len(item.outcome.layers)
    return Text(f"lower from {item.index}: {count} layers, next index {item.outcome.next_index}", style="bold")


def _forward(item: ForwardItem, number: int) -> Iterator[RenderableType]:
    own = "" if item.params is None else ", own parameters"
    yield Text(f"forward #{number} from {item.index} ({item.mode}, {item.via}{own})", style="bold")
    steps = " -> ".join([_shape(item.input.shape), *(_shape(tensor.shape) for tensor in item.trace)])
    yield Text(f"  {steps}")
    yield Padding.indent(_statistics((item.input, item.output), ("input", "output")), 2)


def _statistics(tensors: Sequence[Tensor], names: Sequence[str] | None = None) -> Table:
    table = _table("tensor", "shape", "values", "min", "max", "zeros", "not finite")
    for position, tensor in enumerate(tensors):
        values = tensor.values
        finite = values[np.isfinite(values)]
        low, high = (f"{finite.min():.6g}", f"{finite.max():.6g}") if finite.size else ("-", "-")
        table.add_row(
            names[position] if names else str(position),
            _shape(tensor.shape),
            f"{values.size:,}",
            low,
            high,
            f"{int((values == 0.0).sum()):,}",
            f"{values.size - finite.size:,}",
        )
    return table


def _initial(initial: Initial) -> str:
    return f"{initial.scheme} ({initial.seed})".replace("XavierUniform", "Xavier").replace("KaimingUniform", "Kaiming")


def _shape(shape: Shape) -> str:
    return format_shape(shape)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table

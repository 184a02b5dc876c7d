"""Writing an `Export` in the export format: what it reads back as is the same records.

This serves round trips, case extraction and counterexamples. It never makes an expectation: it writes only what
records hold, and only Lean's files are read as expectations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Export,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LowerItem,
    SeqItem,
)
from xcheck.lean_parser.strings import quote
from xcheck.reference.dag import Term, Var, term_tokens
from xcheck.reference.graph import Graph, Identity, Prim, reading_order
from xcheck.reference.primitives.base import AttributeValue, FloatBits
from xcheck.reference.shape import format_shape
from xcheck.tensor import Tensor


def print_export(export: Export) -> str:
    """The whole file, headers, items and `end` count."""
    return "".join(export_lines(export.headers, export.items))


def export_lines(headers: Mapping[str, str], items: Iterable[Item]) -> Iterator[str]:
    """The file in pieces, so that large payloads need not be held twice."""
    yield "torchlean_export v1\n"
    for name, value in headers.items():
        yield f"{name} {quote(value)}\n"
    yield "\n"
    count = 0
    for item in items:
        count += 1
        yield print_item(item) + "\n"
    yield f"end {count}\n"


def print_item(item: Item) -> str:
    """One item, without a final line break."""
    name = quote(item.name)
    match item:
        case GraphItem():
            return f"graph {name} : {item.signature} :=\n  {print_graph(item.graph)}"
        case SeqItem():
            return f"seq {name} := {_layers(item.layers)}"
        case DagItem():
            return f"dag {name} := {print_term(item.term)}"
        case LowerItem():
            head = f"lower {name} from {item.index} := "
            if isinstance(item.outcome, Failed):
                return head + f"error {quote(item.outcome.message)}"
            return head + f"ok {item.outcome.next_index} {_layers(item.outcome.layers)}"
        case InitItem():
            return f"init {name} from {item.index} := {_tensors(item.tensors)}"
        case DetInitItem():
            head = f"det_init {name} from {item.index} := "
            if isinstance(item.outcome, Failed):
                return head + f"error {quote(item.outcome.message)}"
            return head + f"ok {item.outcome.next_index} {_tensors(item.outcome.tensors)}"
        case ForwardItem():
            return _forward(item)


def _forward(item: ForwardItem) -> str:
    lines = [f"forward {quote(item.name)} from {item.index} mode {item.mode} via {item.via}"]
    if item.params is not None:
        lines.append(f"params {_tensors(item.params, 2)}")
    lines.append(f"input {print_tensor(item.input)}")
    lines.append(f"trace {_tensors(item.trace, 2)}")
    lines.append(f"output {print_tensor(item.output)}")
    if item.buffers is not None:
        lines.append(f"buffers {_tensors(item.buffers, 2)}")
    return "\n  ".join(lines)


def print_graph(graph: Graph) -> str:
    """A graph expression, always parenthesised."""
    pieces: list[str] = []
    # A composition prints its operator after its first operand; the stack says which operand just ended.
    second_next: list[bool] = []
    for node in reading_order(graph):
        if node == "(":
            pieces.append("(")
            second_next.append(False)
            continue
        if node == ")":
            pieces.append(")")
            second_next.pop()
        elif isinstance(node, Identity):
            pieces.append(f"id {format_shape(node.shape)}")
        elif isinstance(node, Prim):
            pieces.append(print_prim(node))
        if second_next and not second_next[-1]:
            pieces.append(" >>> ")
            second_next[-1] = True
    return "".join(pieces)


def print_prim(node: Prim) -> str:
    """One primitive with its attributes, declared signature and flags."""
    attributes = node.primitive.attributes()
    given = f" {_attributes(attributes)}" if attributes else ""
    flags = (" counts" if node.counts else "") + (" layer" if node.layer else "")
    return f"prim {quote(node.primitive.name)}{given} : {node.signature}{flags}"


def print_term(term: Term) -> str:
    """A DAG term."""
    pieces: list[str] = []
    for token in term_tokens(term):
        if isinstance(token, Var):
            pieces.append(f"v{token.level}")
        elif isinstance(token, tuple):
            pieces.append(f"op {quote(token[1])} ")
        elif token == "let1":
            pieces.append("let1 ")
        elif token == ",":
            pieces.append(", ")
        elif token == "(" and pieces and pieces[-1] == ")":
            pieces.append(" (")
        else:
            pieces.append(token)
    return "".join(pieces)


def print_layer(layer: LayerRecord) -> str:
    """One layer record."""
    kind = "" if layer.kind is None else f" {quote(layer.kind)}"
    given = f" {_attributes(layer.attributes)}" if layer.attributes else ""
    flags = ", ".join("true" if flag else "false" for flag in layer.requires_grad)
    plan = "" if layer.plan is None else f" plan {layer.plan}"
    return f"layer{kind}{given} : {layer.signature} grad [{flags}]{plan}"


def print_tensor(tensor: Tensor) -> str:
    """Dtype, shape and bits, most significant digit first."""
    return f"f64 {format_shape(tensor.shape)} 0x{tensor.bits.astype('>u8').tobytes().hex()}"


def print_value(value: AttributeValue) -> str:
    """An attribute value."""
    if isinstance(value, FloatBits):
        return f"0x{int(value):016x}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Mapping):
        return _attributes(value)
    return "[" + ", ".join(map(print_value, value)) + "]"


def _attributes(attributes: Mapping[str, AttributeValue]) -> str:
    return "{" + ", ".join(f"{name} := {print_value(value)}" for name, value in attributes.items()) + "}"


def _layers(layers: tuple[LayerRecord, ...]) -> str:
    return _block(map(print_layer, layers), 0)


def _tensors(tensors: tuple[Tensor, ...], indent: int = 0) -> str:
    return _block(map(print_tensor, tensors), indent)


def _block(lines: Iterable[str], indent: int) -> str:
    pad = " " * indent
    body = ",\n".join(f"{pad}  {line}" for line in lines)
    return f"[\n{body}\n{pad}]" if body else "[]"

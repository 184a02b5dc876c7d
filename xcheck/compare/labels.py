"""What to call an item in a report."""

from __future__ import annotations

from xcheck.lean_parser.records import DagItem, DetInitItem, ForwardItem, GraphItem, InitItem, Item, LowerItem, SeqItem
from xcheck.reference.graph import primitives
from xcheck.reference.lowering import LayerDefinition


def label(item: Item) -> str:
    """The item as a person would point at it: its kind, and where it starts if it starts somewhere."""
    match item:
        case GraphItem():
            return "graph"
        case SeqItem():
            return "seq"
        case DagItem():
            return "dag"
        case LowerItem():
            return f"lower from {item.index}"
        case InitItem():
            return f"init from {item.index}"
        case DetInitItem():
            return f"det_init from {item.index}"
        case ForwardItem():
            return f"forward {start_text(item)}"


def made_of(subject: Item) -> tuple[str, ...]:
    """The primitives of a graph, or the builders (else kinds) of a stack, each once, without their arguments."""
    match subject:
        case GraphItem():
            names = [node.primitive.name for node in primitives(subject.graph)]
        case SeqItem():
            names = [str(layer.attributes.get("builder") or layer.kind or "layer") for layer in subject.layers]
        case _:
            names = []
    return tuple(dict.fromkeys(name.partition("(")[0] for name in names))


def start_text(item: ForwardItem) -> str:
    """Where and how a forward ran: `from 0 (eval, spec)`."""
    return f"from {item.index} ({item.mode}, {item.via})"


def family(layer: LayerDefinition) -> str:
    """What a layer is, without its arguments: `linear`, `Conv2d`."""
    return layer.label.partition("(")[0]

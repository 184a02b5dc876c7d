"""What to call an item in a report."""

from __future__ import annotations

from xcheck.lean_parser.records import DagItem, DetInitItem, ForwardItem, GraphItem, InitItem, Item, LowerItem, SeqItem


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


def start_text(item: ForwardItem) -> str:
    """Where and how a forward ran: `from 0 (eval, spec)`."""
    return f"from {item.index} ({item.mode}, {item.via})"

"""Lowering and DAG terms by direct recursion on the graph (graphspec.md 3.2 and 4.2)."""

from __future__ import annotations

from xcheck.reference.graph import Compose, Identity


def lower(graph, index: int):
    """The primitives with the index each sees, and the next index.

    The name of the first primitive without a layer view instead, where there is one.
    """
    if isinstance(graph, Identity):
        return [], index
    if isinstance(graph, Compose):
        first, middle = lower(graph.first, index)
        if isinstance(first, str):
            return first, index
        second, after = lower(graph.second, middle)
        return (second if isinstance(second, str) else first + second), after
    if not graph.layer:
        return graph.primitive.name, index
    return [(graph, index)], index + 1 if graph.counts else index


def parameters(graph) -> int:
    if isinstance(graph, Compose):
        return parameters(graph.first) + parameters(graph.second)
    return 0 if isinstance(graph, Identity) else len(graph.signature.params)


def term(graph) -> str:
    """The DAG term as text, in the export format's notation."""
    total = parameters(graph)

    def walk(g, q: int, e: int, x: str) -> str:
        if isinstance(g, Identity):
            return x
        if isinstance(g, Compose):
            bound = walk(g.first, q, e, x)
            body = walk(g.second, q + parameters(g.first), e + 1, f"v{total + e}")
            return f"let1 ({bound}) ({body})"
        own = [f"v{q + k}" for k in range(parameters(g))]
        return f"op {quoted(g.primitive.name)} [{', '.join([*own, x])}]"

    return walk(graph, 0, 1, f"v{total}")


def quoted(text: str) -> str:
    written = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(written.get(c) or (f"\\x{ord(c):02x}" if c < " " or c == "\x7f" else c) for c in text) + '"'

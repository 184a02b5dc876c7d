"""How an exported graph differs from the one its source denotes."""

from __future__ import annotations

from xcheck.reference.graph import Graph, Identity, Prim, reading_order, signature_of
from xcheck.reference.shape import format_shape

_SHOWN = 20


def _leaf(node: Identity | Prim) -> str:
    if isinstance(node, Identity):
        return f"id {format_shape(node.shape)}"
    attributes = node.primitive.attributes()
    shown = " {" + ", ".join(f"{k} := {v!r}" for k, v in attributes.items()) + "}" if attributes else ""
    return f"{node.primitive.name}{shown} : {node.signature}"


def _brackets(graph: Graph) -> list[str]:
    return [n if isinstance(n, str) else "stage" for n in reading_order(graph)]


def _agrees(exported: Identity | Prim, source: Identity | Prim) -> bool:
    """Whether two stages agree in everything that the export gives: not every exporter writes all of a window."""
    if not isinstance(exported, Prim) or not isinstance(source, Prim):
        return False
    given, known = exported.primitive.attributes(), source.primitive.attributes()
    same = exported.primitive.name == source.primitive.name and exported.signature == source.signature
    flags = (exported.counts, exported.layer) == (source.counts, source.layer)
    return same and flags and all(known.get(name) == value for name, value in given.items())


def describe_difference(exported: Graph, source: Graph) -> list[str]:
    """One line for each way in which the two graphs differ; none where they are the same.

    Compared are the stages in reading order (name, the attributes that the export gives, signature, flags), then the
    association of `>>>`.
    """
    lines: list[str] = []
    left = [n for n in reading_order(exported) if not isinstance(n, str)]
    right = [n for n in reading_order(source) if not isinstance(n, str)]
    if len(left) != len(right):
        lines.append(f"the export has {len(left)} stages, the source {len(right)}")
    for position, (a, b) in enumerate(zip(left, right, strict=False)):
        if a == b or _agrees(a, b):
            continue
        if _leaf(a) != _leaf(b):
            lines.append(f"stage {position + 1}: the export has {_leaf(a)}, the source {_leaf(b)}")
        else:
            assert isinstance(a, Prim)
            assert isinstance(b, Prim)
            flags = f"counts={a.counts} layer={a.layer}, the source counts={b.counts} layer={b.layer}"
            lines.append(f"stage {position + 1} ({a.primitive.name}): the export has {flags}")
        if len(lines) >= _SHOWN:
            lines.append("...")
            return lines
    if len(left) != len(right):
        longer, whose = (left, "export") if len(left) > len(right) else (right, "source")
        lines.append(
            f"only the {whose} has stage {min(len(left), len(right)) + 1}: {_leaf(longer[min(len(left), len(right))])}"
        )
    if lines:
        return lines
    if _brackets(exported) != _brackets(source):
        lines.append("the stages are the same, but `>>>` associates differently")
    elif signature_of(exported) != signature_of(source):
        lines.append(f"the export has type {signature_of(exported)}, the source {signature_of(source)}")
    return lines

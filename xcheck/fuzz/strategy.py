"""What `fuzz` draws: a shape-typed graph, a start counter, values, and what to ask. Needs hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from xcheck import strategies
from xcheck.fuzz.values import Palette, tensors_of
from xcheck.oracle.messages import Ask, DagAsk, DetInitAsk, ForwardAsk, InitAsk, LowerAsk, Request
from xcheck.reference.graph import Compose, Graph, Identity, Prim, fold_graph, primitives, signature_of
from xcheck.reference.operation import Via
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size


@st.composite
def requests(
    draw: st.DrawFn, profile: Profile, *, vias: Sequence[Via] = (Via.SPEC,), max_primitives: int = 4
) -> Request:
    """A request about one graph; one in eight may hold users' own primitives."""
    own = draw(st.integers(0, 7)) == 7
    graph = draw(strategies.graphs(profile, max_primitives=max_primitives, opaque=own))
    if own:
        graph = without_attributes(graph)
    return Request("c0", "case", graph, draw(_asks(graph, vias)))


@st.composite
def _asks(draw: st.DrawFn, graph: Graph, vias: Sequence[Via]) -> tuple[Ask, ...]:
    index = draw(strategies.start_counters())
    asks: list[Ask] = [LowerAsk(index)]
    # The lowering is always asked for. The rest takes turns, for an answer with everything in it is slow to read.
    turn = draw(st.integers(0, 3))
    if turn == 1:
        asks.append(DagAsk())
    if turn == 2:
        asks.append(DetInitAsk(index))
    nodes = list(primitives(graph))
    lowers = all(node.layer for node in nodes)
    if turn == 3 and lowers:
        asks.append(InitAsk(index))
    if any(node.primitive.opaque for node in nodes):
        return tuple(asks)
    asks.append(draw(_forward(graph, index, vias, given=turn != 3)))
    return tuple(asks)


@st.composite
def _forward(draw: st.DrawFn, graph: Graph, index: int, vias: Sequence[Via], *, given: bool) -> ForwardAsk:
    signature = signature_of(graph)
    shapes = [*signature.params, signature.input] if given else [signature.input]
    count = sum(map(size, shapes))
    palette = draw(st.sampled_from(Palette))
    *params, entry = tensors_of(draw(st.binary(min_size=count, max_size=count)), shapes, palette)
    via = draw(st.sampled_from(vias)) if len(vias) > 1 else vias[0]
    return ForwardAsk(index, tuple(params) if given else None, entry, via=via)


def without_attributes(graph: Graph) -> Graph:
    """The graph with users' own primitives bare: an oracle refuses attributes it does not know."""

    def bare(leaf: Identity | Prim) -> Graph:
        if isinstance(leaf, Prim) and isinstance(leaf.primitive, Opaque):
            return replace(leaf, primitive=replace(leaf.primitive, given=()))
        return leaf

    return fold_graph(graph, bare, Compose)

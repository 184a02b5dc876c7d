"""What `fuzz` draws: a shape-typed graph, a start counter, values, and what to ask. Needs hypothesis.

Hypothesis gives bytes and the graph is what those bytes decide. Drawing every decision by itself costs Hypothesis more
time than asking and judging the case does, and it then repeats most of a graph from one case to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from xcheck.fuzz.choices import ByteChoices
from xcheck.fuzz.graphs import arranged, input_shape, nodes, start_counter
from xcheck.fuzz.values import Palette, tensors_of
from xcheck.oracle.messages import Ask, DagAsk, DetInitAsk, ForwardAsk, InitAsk, LowerAsk, Request
from xcheck.reference.graph import Graph, primitives, signature_of
from xcheck.reference.operation import Via
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size

_DECISIONS: Final = 48  # bytes; every further decision is the simplest one
_MAX_EXTENT: Final = 5
# Everyday values most of the time: a NaN or an infinity early in a chain hides whatever else is wrong in it.
_PALETTES: Final = (
    *(Palette.EVERYDAY, Palette.EVERYDAY, Palette.SPECIAL, Palette.TIES),
    *(Palette.EVERYDAY, Palette.EVERYDAY, Palette.SPECIAL, Palette.EXTREME),
)


@st.composite
def requests(
    draw: st.DrawFn, profile: Profile, *, vias: Sequence[Via] = (Via.SPEC,), max_primitives: int = 4
) -> Request:
    """A request about one graph; one in sixteen may hold users' own primitives."""
    choices = ByteChoices(draw(st.binary(min_size=_DECISIONS, max_size=_DECISIONS)))
    start = input_shape(choices, _MAX_EXTENT)
    count = 0 if choices.below(16) == 15 else 1 + choices.below(max_primitives)
    sequence = nodes(choices, profile, start, count, opaque=choices.below(16) == 15)
    index = start_counter(choices)
    turn, palette = choices.below(4), _PALETTES[choices.below(len(_PALETTES))]
    via = vias[choices.below(len(vias))]
    graph = arranged(choices, start, sequence)
    asks, runs = _asks(graph, index, turn)
    if runs:
        signature = signature_of(graph)
        given = turn != 3
        shapes = [*signature.params, signature.input] if given else [signature.input]
        count = sum(map(size, shapes))
        *params, entry = tensors_of(draw(st.binary(min_size=count, max_size=count)), shapes, palette)
        asks.append(ForwardAsk(index, tuple(params) if given else None, entry, via=via))
    return Request("c0", "case", graph, tuple(asks))


def _asks(graph: Graph, index: int, turn: int) -> tuple[list[Ask], bool]:
    """What to ask besides a forward, and whether a forward can be asked for.

    The lowering always is; the rest takes turns, for an answer with everything in it is slow to read.
    """
    found: list[Ask] = [LowerAsk(index)]
    if turn == 1:
        found.append(DagAsk())
    if turn == 2:
        found.append(DetInitAsk(index))
    contained = list(primitives(graph))
    if turn == 3 and all(node.layer for node in contained):
        found.append(InitAsk(index))
    return found, not any(node.primitive.opaque for node in contained)

"""A fixed list of requests for a seed: every primitive, every pair, degenerate geometry, special values, opaque ones.

The list does not depend on Hypothesis, so the same arguments give the same file everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from xcheck.fuzz.choices import Choices, SeededChoices
from xcheck.fuzz.degenerate import degenerate_sequences
from xcheck.fuzz.graphs import arranged, input_shape, nodes, start_counter
from xcheck.fuzz.primitives import KINDS, OPAQUE, kinds_of, node, opaque_node
from xcheck.fuzz.values import Palette, special_bytes, tensors_of
from xcheck.oracle.messages import Ask, DagAsk, DetInitAsk, ForwardAsk, InitAsk, LowerAsk, Request
from xcheck.reference.graph import Graph, Prim, chain, primitives, signature_of
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.tensor import Shape, Tensor

_TRIES: Final = 60  # input shapes tried for a pair before a bridge is put between its two
_IMAGE: Final[Shape] = (2, 3, 3)
_VECTOR: Final[Shape] = (3,)
_LARGE_IMAGE: Final[Shape] = (2, 5, 5)
_LONG_VECTOR: Final[Shape] = (50,)
_SPECIAL: Final = "special"
_TIES: Final = "ties"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the generated graphs may be."""

    max_extent: int = 5
    max_primitives: int = 6


@dataclass(frozen=True, slots=True)
class Generated:
    """The requests, and which pairs of kinds there was no room for."""

    requests: tuple[Request, ...]
    uncovered: tuple[str, ...]


def generate(profile: Profile, count: int, seed: int, sizes: Sizes) -> Generated:
    """`count` requests: first each kind alone, each pair, and what is degenerate, then chains of any length."""
    choices = SeededChoices(seed)
    planned = list(_planned(choices, profile, sizes))
    requests: list[Request] = []
    for number in range(count):
        if number < len(planned):
            name, graph = planned[number]
        else:
            name, graph = f"chain/{number}", _chain(choices, profile, sizes)
        requests.append(_request(f"r{number + 1}", name, graph, choices, number))
    return Generated(tuple(requests), tuple(name for name, _ in planned[count:]))


def _planned(choices: Choices, profile: Profile, sizes: Sizes) -> Iterator[tuple[str, Graph]]:
    kinds = (*kinds_of(profile), OPAQUE)
    for kind in kinds:
        yield f"alone/{kind}", _alone(choices, profile, sizes, kind)
    for kind in kinds_of(profile):
        # Enough elements for every special value.
        shape = _LONG_VECTOR if kind == "linear" else _LARGE_IMAGE
        for way in (_SPECIAL, _TIES):
            yield f"{way}/{kind}", node(kind, choices, profile, shape)
    for first, second in product(kinds, repeat=2):
        yield f"pair/{first}/{second}", chain(*_pair(choices, profile, sizes, first, second))
    for name, sequence in degenerate_sequences(profile):
        yield f"degenerate/{name}", chain(*sequence)
    lowering = opaque_node(choices, _VECTOR, _VECTOR, layer=True)
    failing = opaque_node(choices, _VECTOR, _VECTOR, layer=False)
    after = node("linear", choices, profile, _VECTOR)
    yield "opaque/with-layer-view", chain(lowering, after)
    yield "opaque/without-layer-view", chain(node("relu", choices, profile, _VECTOR), failing, after)
    yield "opaque/leftmost-counts", chain(failing, lowering, failing)


def _alone(choices: Choices, profile: Profile, sizes: Sizes, kind: str) -> Graph:
    shape = _shape_for(choices, profile, sizes, kind)
    return _node(choices, profile, kind, shape, shape)


def _node(choices: Choices, profile: Profile, kind: str, shape: Shape, output: Shape) -> Prim:
    if kind == OPAQUE:
        return opaque_node(choices, shape, output, layer=choices.below(4) > 0)
    return node(kind, choices, profile, shape)


def _pair(choices: Choices, profile: Profile, sizes: Sizes, first: str, second: str) -> Sequence[Prim]:
    """The two side by side where they can be, else with a user's own primitive between them that reshapes."""
    last: Prim | None = None
    for _ in range(_TRIES):
        wanted = _shape_for(choices, profile, sizes, second)
        last = _node(choices, profile, first, _shape_for(choices, profile, sizes, first), wanted)
        middle = last.signature.output
        if second == OPAQUE or KINDS[second].fits(profile, middle):
            return last, _node(choices, profile, second, middle, middle)
    assert last is not None
    wanted = _shape_for(choices, profile, sizes, second)
    bridge = opaque_node(choices, last.signature.output, wanted, layer=True)
    return last, bridge, _node(choices, profile, second, wanted, wanted)


def _shape_for(choices: Choices, profile: Profile, sizes: Sizes, kind: str) -> Shape:
    """An input, without empty axes, that this kind takes."""
    for _ in range(_TRIES):
        shape = input_shape(choices, sizes.max_extent)
        if size(shape) and (kind == OPAQUE or KINDS[kind].fits(profile, shape)):
            return shape
    return _VECTOR if kind == "linear" else _IMAGE


def _chain(choices: Choices, profile: Profile, sizes: Sizes) -> Graph:
    start = input_shape(choices, sizes.max_extent)
    count = choices.below(sizes.max_primitives + 1)
    return arranged(choices, start, nodes(choices, profile, start, count, opaque=choices.below(12) == 0))


def _values(choices: Choices, name: str, number: int, shapes: Sequence[Shape]) -> tuple[Tensor, ...]:
    """A tensor for each shape; where the name promises special values, every one of them is in the last."""
    way = name.partition("/")[0]
    palette = {_SPECIAL: Palette.SPECIAL, _TIES: Palette.TIES}.get(way, Palette(number % len(Palette)))
    data = choices.data(sum(map(size, shapes)))
    if way == _SPECIAL:
        last = size(shapes[-1])
        data = data[: len(data) - last] + special_bytes(data[len(data) - last :])
    return tensors_of(data, shapes, palette)


def _request(ident: str, name: str, graph: Graph, choices: Choices, number: int) -> Request:
    """Everything that can be answered is asked: one forward on initial parameters, one on given ones."""
    index = 0 if number % 3 == 0 else start_counter(choices)
    contained = list(primitives(graph))
    asks: list[Ask] = [DagAsk(), LowerAsk(index), DetInitAsk(index)]
    lowers = all(found.layer for found in contained)
    if lowers:
        asks.append(InitAsk(index))
    if not any(found.primitive.opaque for found in contained):
        signature = signature_of(graph)
        *params, entry = _values(choices, name, number, (*signature.params, signature.input))
        asks.append(ForwardAsk(index, None, entry))
        if params:
            asks.append(ForwardAsk(index, tuple(params), entry))
    return Request(ident, name, graph, tuple(asks))

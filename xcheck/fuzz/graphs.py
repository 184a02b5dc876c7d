"""Shape-typed graphs by choice: an input shape, primitives that fit one after another, identities, association."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from xcheck.fuzz.choices import Choices
from xcheck.fuzz.primitives import fitting, node, opaque_node
from xcheck.reference.graph import Compose, Graph, Identity, Prim, chain
from xcheck.reference.profile import Profile
from xcheck.tensor import Shape

_WITH_PARAMETERS: Final = ("linear", "conv2d", "conv")


def input_shape(choices: Choices, max_extent: int) -> Shape:
    """Vectors, images, and now and then any shape at all, scalars and empty ones included."""
    match choices.below(8):
        case 0 | 1:
            return (1 + choices.below(max_extent + 1),)
        case 7:
            return tuple((1, 2, 3, 0)[choices.below(4)] for _ in range(choices.below(5)))
        case _:
            return ((1, 2, 3, 2)[choices.below(4)], 1 + choices.below(max_extent), 1 + choices.below(max_extent))


def nodes(choices: Choices, profile: Profile, start: Shape, count: int, *, opaque: bool = False) -> tuple[Prim, ...]:
    """`count` primitives of which each takes what the one before gives; with `opaque`, users' own ones among them."""
    found: list[Prim] = []
    shape = start
    for _ in range(count):
        if opaque and choices.below(4) == 3:
            output = shape if choices.below(2) == 0 else input_shape(choices, 3)
            found.append(opaque_node(choices, shape, output, layer=choices.below(2) == 0))
        else:
            kinds = fitting(profile, shape)
            # What has parameters has the most to go wrong, so it comes twice.
            kinds += tuple(kind for kind in kinds if kind in _WITH_PARAMETERS)
            found.append(node(kinds[choices.below(len(kinds))], choices, profile, shape))
        shape = found[-1].signature.output
    return tuple(found)


def arranged(choices: Choices, start: Shape, sequence: Sequence[Prim]) -> Graph:
    """The sequence as a graph: mostly as Lean's `>>>` associates, now and then otherwise, with identities in it."""
    leaves: list[Identity | Prim] = list(sequence)
    if not leaves:
        leaves.append(Identity(start))
    style = choices.below(4)
    if style >= 2:
        place = choices.below(len(leaves) + 1)
        shape = start if place == 0 else _output(leaves[place - 1])
        leaves.insert(place, Identity(shape))
    if style != 3:
        return chain(*leaves)
    parts: list[Graph] = list(leaves)
    while len(parts) > 1:
        place = choices.below(len(parts) - 1)
        parts[place : place + 2] = [Compose(parts[place], parts[place + 1])]
    return parts[0]


def _output(leaf: Identity | Prim) -> Shape:
    return leaf.shape if isinstance(leaf, Identity) else leaf.signature.output


def start_counter(choices: Choices) -> int:
    """An occurrence index to start from: mostly a small one, some beyond 32 and 64 bits."""
    pick = choices.below(16)
    if pick < 12:
        return pick % 6
    return (2**31 + choices.below(9), 2**32 - 1, 2**63, 2**64 + choices.below(3))[pick - 12]

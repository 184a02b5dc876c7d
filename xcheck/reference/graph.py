"""GraphSpec graphs: identities, compositions and primitives, with their signatures.

Source: `NN/GraphSpec/Core.lean` @82bea12 and @b2a2184 (`Graph`), `NN/GraphSpec/Chain/Syntax.lean` @3447b74 (`Chain`).
Chains can be thousands of nodes deep, so every walk here keeps its own stack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from xcheck.reference.operation import NotComparableError
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import Shape

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Identity:
    """`id s`: no parameters, the input unchanged."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Prim:
    """`prim p`: one primitive with the signature and flags it is declared with."""

    primitive: Primitive
    signature: Signature
    counts: bool
    layer: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Compose:
    """`first >>> second`; association is observable, so it is kept."""

    first: Graph
    second: Graph

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Compose):
            return NotImplemented
        return list(reading_order(self)) == list(reading_order(other))

    def __hash__(self) -> int:
        return hash(tuple(reading_order(self)))

    def __repr__(self) -> str:
        return f"<chain of {sum(1 for _ in primitives(self))} primitives>"


Graph: TypeAlias = Identity | Prim | Compose


class CompositionError(ValueError):
    """Two composed graphs do not fit: no Lean term has this shape."""


@dataclass(frozen=True, slots=True)
class SignatureFault:
    """A primitive whose declaration is not what the reference works out; `position` counts primitives from 0."""

    position: int
    name: str
    what: str
    declared: str
    computed: str


def reading_order(graph: Graph) -> Iterator[Identity | Prim | str]:
    """The leaves from left to right, with `"("` and `")"` around each composition."""
    stack: list[Graph | str] = [graph]
    while stack:
        node = stack.pop()
        if isinstance(node, Compose):
            yield "("
            stack += [")", node.second, node.first]
        else:
            yield node


def leaves(graph: Graph) -> Iterator[Identity | Prim]:
    """Identities and primitives from left to right."""
    for node in reading_order(graph):
        if not isinstance(node, str):
            yield node


def primitives(graph: Graph) -> Iterator[Prim]:
    """The primitives from left to right."""
    for node in leaves(graph):
        if isinstance(node, Prim):
            yield node


def fold_graph(graph: Graph, leaf: Callable[[Identity | Prim], T], compose: Callable[[T, T], T]) -> T:
    """A bottom-up fold, left operand before right, without recursion."""
    done: list[T] = []
    stack: list[Graph | None] = [graph]
    while stack:
        node = stack.pop()
        if node is None:
            second = done.pop()
            done.append(compose(done.pop(), second))
        elif isinstance(node, Compose):
            stack += [None, node.second, node.first]
        else:
            done.append(leaf(node))
    return done[0]


def chain(*graphs: Graph) -> Graph:
    """`g1 >>> (g2 >>> ...)`, as `>>>` associates in Lean (`infixr:80`); raises `ValueError` on no graph."""
    if not graphs:
        raise ValueError("a chain has at least one graph")
    result = graphs[-1]
    for graph in reversed(graphs[:-1]):
        result = Compose(graph, result)
    return result


def prim(primitive: Primitive, input_shape: Shape, profile: Profile) -> Prim:
    """The node of a stock primitive on this input, declared as the profile types it.

    Raises `SignatureError` where the primitive cannot take the input.
    """
    signature = primitive.signature(input_shape, profile)
    return Prim(primitive, signature, primitive.counts, primitive.has_layer)


def signature_of(graph: Graph) -> Signature:
    """The signature that the leaves' declarations add up to.

    Raises `CompositionError` naming both shapes where an output does not fit the next input.
    """
    params: list[Shape] = []
    start: Shape | None = None
    current: Shape | None = None
    for position, leaf in enumerate(leaves(graph)):
        if isinstance(leaf, Identity):
            here = Signature((), leaf.shape, leaf.shape)
        else:
            here = leaf.signature
        if current is None:
            start = here.input
        elif here.input != current:
            name = f"primitive {leaf.primitive.name!r}" if isinstance(leaf, Prim) else "id"
            raise CompositionError(
                f"stage {position + 1} ({name}) takes {format_shape(here.input)}, "
                f"but the stage before gives {format_shape(current)}"
            )
        params.extend(here.params)
        current = here.output
    if start is None or current is None:
        raise CompositionError("a graph has at least one leaf")
    return Signature(tuple(params), start, current)


def undetermined(graph: Graph, profile: Profile) -> str | None:
    """Why the declared signature of the first stock primitive that the export leaves open cannot be worked out."""
    for node in primitives(graph):
        if node.primitive.opaque or not node.primitive.available(profile):
            continue
        try:
            node.primitive.signature(node.signature.input, profile)
        except NotComparableError as reason:
            return str(reason)
        except SignatureError:
            pass  # `signature_faults` has it
    return None


def signature_faults(graph: Graph, profile: Profile) -> Iterator[SignatureFault]:
    """Where the declared signature, counting flag or layer view of a stock primitive is not the profile's."""
    for position, node in enumerate(primitives(graph)):
        primitive = node.primitive
        if primitive.opaque:
            continue
        if not primitive.available(profile):
            yield SignatureFault(position, primitive.name, "primitive", "present", f"absent at {profile.name}")
            continue
        try:
            computed = str(primitive.signature(node.signature.input, profile))
        except SignatureError as error:
            computed = f"no signature: {error}"
        except NotComparableError:
            # Geometry that the export does not give: see `undetermined`.
            computed = str(node.signature)
        if computed != str(node.signature):
            yield SignatureFault(position, primitive.name, "signature", str(node.signature), computed)
        for what, declared, ours in (
            ("counts as a layer", node.counts, primitive.counts),
            ("offers a layer view", node.layer, primitive.has_layer),
        ):
            if declared != ours:
                yield SignatureFault(position, primitive.name, what, str(declared).lower(), str(ours).lower())

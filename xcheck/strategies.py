"""Hypothesis strategies for everything the project handles: fuzz your own lowering, parser or exporter with them.

Every strategy builds its values by construction: a primitive is chosen among those that take the shape at hand, a
composition among those that fit, an item among those whose graph already stands in the file. Nothing is generated
first and filtered afterwards, so shrinking is quick and no example is wasted.

    @given(graphs(profile_named("tl-2026-08")), start_counters())
    def test_my_lowering(graph, counter): ...

`covering_sequences` is not random: a fixed set of chains in which every primitive and every pair that can stand side
by side occurs, and every degenerate geometry that the profile's surface can express.
Needs hypothesis (`pip install torchlean-xcheck[strategies]`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

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
    LayersOk,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.reference.dag import Let1, Op, Term, Var
from xcheck.reference.graph import Compose, Graph, Identity, Prim, prim, signature_of
from xcheck.reference.operation import Mode, Via
from xcheck.reference.primitives.base import AttributeValue, FloatBits, Primitive
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import PROFILES, Profile, Surface
from xcheck.reference.shape import Window, size
from xcheck.reference.signature import Signature
from xcheck.tensor import Shape, Tensor

try:
    from hypothesis import strategies as st
except ImportError as missing:
    raise ImportError("xcheck.strategies needs hypothesis: pip install 'torchlean-xcheck[strategies]'") from missing

__all__ = [
    "associations",
    "covering_sequences",
    "edited",
    "export_items",
    "exports",
    "float_bits",
    "graphs",
    "lean_strings",
    "nodes",
    "opaque_nodes",
    "primitives",
    "profiles",
    "sequences",
    "shapes",
    "start_counters",
    "tensors",
    "values_for",
    "with_identities",
]

# Values with something special about them: zeros, subnormals, neighbours of 1, exact ties of rounding, the largest
# finite number, infinities, quiet and signalling NaNs with payloads and both signs, and ends of C's `exp`.
SPECIAL_BITS: Final = (
    0x0000000000000000,
    0x8000000000000000,
    0x0000000000000001,
    0x8000000000000001,
    0x000FFFFFFFFFFFFF,
    0x0010000000000000,
    0x3FF0000000000000,
    0xBFF0000000000000,
    0x3FF0000000000001,
    0x3FEFFFFFFFFFFFFF,
    0x3CA0000000000000,
    0x3CB0000000000000,
    0x4340000000000000,
    0x4340000000000001,
    0x7FEFFFFFFFFFFFFF,
    0xFFEFFFFFFFFFFFFF,
    0x7FF0000000000000,
    0xFFF0000000000000,
    0x7FF8000000000000,
    0xFFF8000000000000,
    0x7FF0000000000001,
    0x7FF8DEADBEEF0001,
    0x40862E42FEFA39EF,
    0xC0874910D52D3051,
)
_LARGEST_SIZE: Final = 120  # elements from which only primitives that do not grow a tensor are offered
_ELEMENTWISE: Final = 16  # elements up to which each is drawn on its own
_INFINITY: Final = 0x7FF0000000000000


def profiles() -> st.SearchStrategy[Profile]:
    """The named profiles."""
    return st.sampled_from(PROFILES)


def shapes(
    *, min_rank: int = 0, max_rank: int = 4, min_extent: int = 0, max_extent: int = 4
) -> st.SearchStrategy[Shape]:
    """Shapes, scalars and zero dimensions included."""
    extents = st.integers(min_extent, max_extent)
    return st.lists(extents, min_size=min_rank, max_size=max_rank).map(tuple)


def start_counters() -> st.SearchStrategy[int]:
    """Occurrence indices to start from: small ones, and some beyond 32 and 64 bits."""
    return st.integers(0, 9) | st.integers(0, 2**70) | st.sampled_from((2**31, 2**32 - 1, 2**32, 2**63, 2**64))


def lean_strings(*, min_size: int = 0, max_size: int = 12) -> st.SearchStrategy[str]:
    """Anything a Lean string can hold: every character but surrogates."""
    special = st.sampled_from("\"\\\n\t\r'\0 -/`\x7f\u00e9\u2192\U0001f600")
    awkward = st.text(special, min_size=min_size, max_size=max_size)
    return awkward | st.text(st.characters(codec="utf-8"), min_size=min_size, max_size=max_size)


# Values


def float_bits(*, finite: bool = False) -> st.SearchStrategy[int]:
    """The bits of a binary64: special values, everyday values, and any 64 bits at all.

    With `finite`, no infinity and no NaN.
    """
    everyday = st.floats(-8.0, 8.0, allow_subnormal=False).map(_bits_of)
    halves = st.integers(-16, 16).map(lambda n: _bits_of(n / 2.0))
    if not finite:
        return st.sampled_from(SPECIAL_BITS) | everyday | halves | st.integers(0, 2**64 - 1)
    special = [bits for bits in SPECIAL_BITS if bits & _INFINITY != _INFINITY]
    return st.sampled_from(special) | everyday | halves


def _bits_of(value: float) -> int:
    return int(np.array(value, np.float64).view(np.uint64))


@st.composite
def tensors(draw: st.DrawFn, shape: Shape, bits: st.SearchStrategy[int] | None = None) -> Tensor:
    """Tensors of this shape; `bits` draws the elements (`float_bits()` if not given).

    Beyond a few elements, each is one of a drawn palette of 16.
    """
    element = float_bits() if bits is None else bits
    count = size(shape)
    if count <= _ELEMENTWISE:
        values = draw(st.lists(element, min_size=count, max_size=count))
        return Tensor(shape, np.array(values, np.uint64))
    palette = np.array(draw(st.lists(element, min_size=1, max_size=_ELEMENTWISE)), np.uint64)
    choice = np.frombuffer(draw(st.binary(min_size=count, max_size=count)), np.uint8)
    return Tensor(shape, palette[choice % palette.size])


@st.composite
def values_for(
    draw: st.DrawFn, graph: Graph, bits: st.SearchStrategy[int] | None = None
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Parameters and an input for a graph, of the shapes of its signature."""
    signature = signature_of(graph)
    return tuple(draw(tensors(shape, bits)) for shape in signature.params), draw(tensors(signature.input, bits))


# Primitives


def primitives(profile: Profile, input_shape: Shape) -> st.SearchStrategy[Primitive]:
    """Stock primitives that the profile has and that take this input.

    The geometry includes what the surface can express of the degenerate: kernels larger than the input, output
    extents of 0, stride 0 where Lean demands no proof against it. Outputs stay small.
    """
    return st.sampled_from(_makers(profile, input_shape)).flatmap(lambda make: make(profile, input_shape))


_Maker = Callable[[Profile, Shape], st.SearchStrategy[Primitive]]


def _makers(profile: Profile, shape: Shape) -> list[_Maker]:
    """The kinds of primitive that take this input."""
    fitting: list[_Maker] = [_relu, _flatten]
    grows = size(shape) <= _LARGEST_SIZE
    if len(shape) == 1 and grows:
        fitting.append(_linear)
    if profile.surface is Surface.CHAIN:
        if shape:
            fitting += [_softmax_axis, _max_pool]
            fitting += [_conv] if grows else []
            fitting += [_batch_norm] if size(shape) else []
        return fitting
    fitting.append(_softmax)
    if len(shape) == 3:
        fitting.append(_max_pool2d)
        fitting += [_conv2d] if shape[0] and grows else []
        fitting += [_batch_norm_chw] if size(shape) else []
        if size(shape) and profile.global_avg_pool_primitive:
            fitting.append(_global_avg_pool)
    return fitting


def _relu(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.just(Relu())


def _flatten(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.just(Flatten())


def _linear(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.integers(0, 5).map(lambda out: Linear(shape[0], out))


def _softmax(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.just(Softmax())


def _softmax_axis(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.integers(0, len(shape) - 1).map(Softmax)


def _kernel(extent: int, least: int) -> st.SearchStrategy[int]:
    return st.integers(least, min(extent, 3) + 2)


@st.composite
def _conv2d(draw: st.DrawFn, profile: Profile, shape: Shape) -> Primitive:
    channels, height, width = shape
    # A stride of 0 needs no proof before 564289f, which is where the truncated extents are.
    least_stride = 0 if profile.window is Window.TRUNCATED else 1
    return Conv2d(
        channels,
        draw(st.integers(0, 3)),
        draw(_kernel(height, 1)),
        draw(_kernel(width, 1)),
        draw(st.integers(least_stride, 3)),
        draw(st.integers(0, 2)),
    )


@st.composite
def _max_pool2d(draw: st.DrawFn, profile: Profile, shape: Shape) -> Primitive:
    return MaxPool2d(draw(_kernel(shape[1], 1)), draw(_kernel(shape[2], 1)), draw(st.integers(1, 3)))


def _batch_norm_chw(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.just(BatchNormChw(*shape))


def _global_avg_pool(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.just(GlobalAvgPool2dChw(*shape))


@st.composite
def _conv(draw: st.DrawFn, profile: Profile, shape: Shape) -> Primitive:
    spatial = shape[1:]
    return Conv(
        len(spatial),
        shape[0],
        draw(st.integers(0, 3)),
        tuple(draw(_kernel(extent, 0)) for extent in spatial),
        tuple(draw(st.integers(0, 3)) for _ in spatial),
        tuple(draw(st.integers(0, 1 if len(spatial) > 2 else 2)) for _ in spatial),
    )


@st.composite
def _max_pool(draw: st.DrawFn, profile: Profile, shape: Shape) -> Primitive:
    spatial = shape[1:]
    most = 2 if size(shape) <= _LARGEST_SIZE else 0
    return MaxPoolNd(
        len(spatial),
        tuple(draw(_kernel(extent, 1)) for extent in spatial),
        tuple(draw(st.integers(1, 3)) for _ in spatial),
        tuple(draw(st.integers(0, most)) for _ in spatial),
    )


def _batch_norm(profile: Profile, shape: Shape) -> st.SearchStrategy[Primitive]:
    return st.just(BatchNorm(shape[0], len(shape) - 1))


@st.composite
def opaque_nodes(draw: st.DrawFn, input_shape: Shape, *, layer: bool | None = None) -> Prim:
    """A user's own primitive: any name that is no stock one, any signature on this input, any flags.

    `layer` fixes whether it offers a layer view; without one, lowering fails with its name.
    """
    name = "my " + draw(lean_strings(max_size=6))
    params = tuple(draw(st.lists(shapes(max_rank=2, max_extent=3), max_size=2)))
    output = draw(st.just(input_shape) | shapes(max_rank=3, max_extent=3))
    signature = Signature(params, input_shape, output)
    given = draw(st.dictionaries(_names(), _attribute_values(), max_size=2))
    counts = draw(st.booleans())
    offers = draw(st.booleans()) if layer is None else layer
    return Prim(Opaque.of(name, signature, given), signature, counts, offers)


def nodes(profile: Profile, input_shape: Shape) -> st.SearchStrategy[Prim]:
    """Stock primitives on this input, declared as the profile types them."""
    return primitives(profile, input_shape).map(lambda primitive: prim(primitive, input_shape, profile))


# Graphs


@st.composite
def sequences(
    draw: st.DrawFn,
    profile: Profile,
    *,
    input_shape: Shape | None = None,
    min_size: int = 1,
    max_size: int = 6,
    opaque: bool = False,
) -> tuple[Prim, ...]:
    """Primitives of which each takes what the one before gives; with `opaque`, users' own ones among them."""
    shape = draw(_input_shapes()) if input_shape is None else input_shape
    found: list[Prim] = []
    for _ in range(draw(st.integers(min_size, max_size))):
        if opaque and draw(st.integers(0, 3)) == 3:
            found.append(draw(opaque_nodes(shape)))
        else:
            found.append(draw(nodes(profile, shape)))
        shape = found[-1].signature.output
    return tuple(found)


def _input_shapes() -> st.SearchStrategy[Shape]:
    images = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5))
    vectors = st.tuples(st.integers(1, 6))
    # Images twice: nothing else leads to the windows.
    return st.one_of(vectors, images, images, shapes(max_rank=4, max_extent=3))


@st.composite
def associations(draw: st.DrawFn, leaves: Sequence[Graph]) -> Graph:
    """Every way to compose these graphs in this order; `leaves` has at least one."""
    parts = list(leaves)
    while len(parts) > 1:
        place = draw(st.integers(0, len(parts) - 2))
        parts[place : place + 2] = [Compose(parts[place], parts[place + 1])]
    return parts[0]


@st.composite
def with_identities(
    draw: st.DrawFn, sequence: Sequence[Prim], *, input_shape: Shape = (), most: int = 3
) -> tuple[Identity | Prim, ...]:
    """The sequence with up to `most` identities put in anywhere; an empty one gets at least one, of `input_shape`."""
    leaves: list[Identity | Prim] = list(sequence) or [Identity(input_shape)]
    for _ in range(draw(st.integers(0, most))):
        place = draw(st.integers(0, len(leaves)))
        leaves.insert(place, Identity(_shape_before(leaves, place)))
    return tuple(leaves)


def _shape_before(leaves: Sequence[Identity | Prim], place: int) -> Shape:
    leaf = leaves[place - 1] if place else leaves[0]
    if isinstance(leaf, Identity):
        return leaf.shape
    return leaf.signature.output if place else leaf.signature.input


@st.composite
def graphs(
    draw: st.DrawFn,
    profile: Profile,
    *,
    input_shape: Shape | None = None,
    max_primitives: int = 6,
    opaque: bool = False,
) -> Graph:
    """Shape-typed graphs: any chain of primitives, any association, identities anywhere, identities alone too."""
    shape = draw(_input_shapes()) if input_shape is None else input_shape
    sequence = draw(sequences(profile, input_shape=shape, min_size=0, max_size=max_primitives, opaque=opaque))
    return draw(associations(draw(with_identities(sequence, input_shape=shape))))


def covering_sequences(profile: Profile) -> tuple[tuple[Prim, ...], ...]:
    """A fixed set of chains: each primitive, each pair that fits, and the degenerate geometry of the surface."""
    found: list[tuple[Prim, ...]] = []
    pairs: set[tuple[type[Primitive], type[Primitive]]] = set()
    for shape in _COVERED_INPUTS:
        for first in _representatives(profile, shape):
            node = prim(first, shape, profile)
            found.append((node,))
            for second in _representatives(profile, node.signature.output):
                if (type(first), type(second)) not in pairs:
                    pairs.add((type(first), type(second)))
                    found.append((node, prim(second, node.signature.output, profile)))
    return tuple(found)


_COVERED_INPUTS: Final[tuple[Shape, ...]] = (
    (2, 5, 4),
    (4,),
    (1,),
    (3, 6),
    (1, 4, 3, 4),
    (2, 1, 1),
    (0,),
    (2, 0, 3),
    (2, 0),
    (0, 3, 3),
    (),
)


def _representatives(profile: Profile, shape: Shape) -> list[Primitive]:
    """Every primitive on this input, in each geometry worth a case of its own."""
    found: list[Primitive] = [Relu(), Flatten()]
    if len(shape) == 1:
        found += [Linear(shape[0], out) for out in (3, 1, 0)]
    if profile.surface is Surface.CHAIN:
        return found + (_chain_representatives(shape) if shape else [])
    found.append(Softmax())
    if len(shape) != 3:
        return found
    channels, height, width = shape
    larger = max(height, width) + 1
    found += [MaxPool2d(2, 2, 2), MaxPool2d(2, 3, 1), MaxPool2d(1, 1, 2), MaxPool2d(larger, 2, 1)]
    if channels:
        found += [Conv2d(channels, 2, *window) for window in ((3, 3, 1, 1), (2, 3, 2, 0), (1, 1, 1, 2))]
        found += [Conv2d(channels, 1, larger, larger, 1, 0), Conv2d(channels, 0, 1, 1, 1, 0)]
        if profile.window is Window.TRUNCATED:
            found.append(Conv2d(channels, 2, 2, 2, 0, 1))
    if size(shape):
        found.append(BatchNormChw(*shape))
        if profile.global_avg_pool_primitive:
            found.append(GlobalAvgPool2dChw(*shape))
    return found


def _chain_representatives(shape: Shape) -> list[Primitive]:
    channels, rank = shape[0], len(shape) - 1

    def all_axes(entry: int) -> Shape:
        return (entry,) * rank

    found: list[Primitive] = [Softmax(axis) for axis in range(len(shape))]
    larger = max(shape[1:], default=0) + 1
    mixed = tuple(1 + axis % 2 for axis in range(rank))
    windows = [
        (all_axes(3), all_axes(1), all_axes(1)),
        (mixed, mixed[::-1], all_axes(0)),
        (all_axes(2), all_axes(2), all_axes(1)),
        (all_axes(larger), all_axes(1), all_axes(0)),
        (all_axes(2), all_axes(1), all_axes(2)),
    ]
    impossible_pools = [(all_axes(2), all_axes(0), all_axes(0)), (all_axes(0), all_axes(1), all_axes(0))]
    found += [MaxPoolNd(rank, *window) for window in windows]
    found += [Conv(rank, channels, 2, *window) for window in (*windows, *impossible_pools)]
    found.append(Conv(rank, channels, 0, *windows[0]))
    if size(shape):
        found.append(BatchNorm(channels, rank))
    return found


# Exports


def _names() -> st.SearchStrategy[str]:
    return st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,7}", fullmatch=True)


_ITEM_WORDS: Final = frozenset({"graph", "seq", "dag", "lower", "init", "det_init", "forward", "end"})


def _header_names() -> st.SearchStrategy[str]:
    usual = st.sampled_from(("lean", "torchlean", "profile", "exporter", "platform", "graphs", "end_of", "v1", "layer"))
    return usual | _names().map(lambda name: name + "_" if name in _ITEM_WORDS else name)


def _naturals() -> st.SearchStrategy[int]:
    return st.integers(0, 99) | st.integers(0, 10**40)


def _attribute_values() -> st.SearchStrategy[AttributeValue]:
    plain = st.one_of(_naturals(), st.booleans(), lean_strings(max_size=5), st.integers(0, 2**64 - 1).map(FloatBits))
    return st.recursive(plain, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)


@st.composite
def _layers(draw: st.DrawFn, *, chained: bool) -> tuple[LayerRecord, ...]:
    found: list[LayerRecord] = []
    shape = draw(shapes(max_rank=2))
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.none() | lean_strings(max_size=8))
        attributes = draw(st.dictionaries(_names(), _attribute_values(), max_size=2))
        output = draw(shapes(max_rank=2))
        params = tuple(draw(st.lists(shapes(max_rank=2), max_size=2)))
        grads = tuple(draw(st.lists(st.booleans(), max_size=3)))
        found.append(LayerRecord(kind, MappingProxyType(attributes), Signature(params, shape, output), grads))
        shape = output if chained else draw(shapes(max_rank=2))
    return tuple(found)


def _terms() -> st.SearchStrategy[Term]:
    def larger(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        operations = st.builds(Op, lean_strings(max_size=6), st.lists(inner, max_size=3).map(tuple))
        return operations | st.builds(Let1, inner, inner)

    return st.recursive(st.builds(Var, st.integers(0, 200)), larger, max_leaves=5)


def _some_tensors() -> st.SearchStrategy[tuple[Tensor, ...]]:
    one = shapes(max_rank=3, max_extent=3).flatmap(tensors)
    return st.lists(one, max_size=2).map(tuple)


@st.composite
def export_items(draw: st.DrawFn, name: str, profile: Profile) -> tuple[Item, ...]:
    """One case: a graph or a layer stack, then items that refer to it.

    Well formed but not meaningful: what Lean is said to have computed is arbitrary.
    """
    items: list[Item] = []
    is_graph = draw(st.integers(0, 3)) < 3
    if is_graph:
        graph = draw(graphs(profile, max_primitives=3, opaque=True))
        items.append(GraphItem(name, signature_of(graph), graph))
        if draw(st.booleans()):
            items.append(DagItem(name, draw(_terms())))
    else:
        items.append(SeqItem(name, draw(_layers(chained=True))))
    for index in draw(st.lists(start_counters(), max_size=2, unique=True)):
        failed = st.builds(Failed, lean_strings())
        if draw(st.booleans()):
            layers_ok = st.builds(LayersOk, _naturals(), _layers(chained=False))
            items.append(LowerItem(name, index, draw(failed | layers_ok)))
        if is_graph and draw(st.booleans()):
            tensors_ok = st.builds(TensorsOk, _naturals(), _some_tensors())
            items.append(DetInitItem(name, index, draw(failed | tensors_ok)))
        if draw(st.booleans()):
            items.append(InitItem(name, index, draw(_some_tensors())))
        if draw(st.booleans()):
            items.append(draw(_forwards(name, index)))
    return tuple(items)


@st.composite
def _forwards(draw: st.DrawFn, name: str, index: int) -> ForwardItem:
    def one() -> Tensor:
        return draw(shapes(max_rank=2, max_extent=3).flatmap(tensors))

    return ForwardItem(
        name,
        index,
        draw(st.sampled_from(Mode)),
        draw(st.sampled_from(Via)),
        draw(st.none() | _some_tensors()),
        one(),
        draw(_some_tensors()),
        one(),
        draw(st.none() | _some_tensors()),
    )


@st.composite
def exports(draw: st.DrawFn, *, max_cases: int = 3) -> Export:
    """Whole exports: arbitrary headers and cases of every kind of item. Well formed, not meaningful."""
    headers = draw(st.dictionaries(_header_names(), lean_strings(), max_size=4))
    profile = draw(profiles())
    names = draw(st.lists(lean_strings(), max_size=max_cases, unique=True))
    items = [item for name in names for item in draw(export_items(name, profile))]
    if draw(st.booleans()):
        # The subjects first: items of several cases then stand among each other.
        items.sort(key=lambda item: not isinstance(item, GraphItem | SeqItem))
    return Export("<strategy>", MappingProxyType(headers), tuple(items))


@st.composite
def edited(draw: st.DrawFn, data: bytes, *, most: int = 3) -> bytes:
    """`data` after one to `most` accidents: cut, a piece lost, doubled, swapped or overwritten, bytes put in."""
    for _ in range(draw(st.integers(1, most))):
        first = draw(st.integers(0, len(data)))
        second = min(len(data), first + draw(st.integers(0, 60)))
        third = min(len(data), second + draw(st.integers(0, 60)))
        before, one, two, after = data[:first], data[first:second], data[second:third], data[third:]
        kind = draw(st.sampled_from(("cut", "lose", "double", "swap", "overwrite", "insert")))
        if kind == "cut":
            data = before
        elif kind == "lose":
            data = before + two + after
        elif kind == "double":
            data = before + one + one + two + after
        elif kind == "swap":
            data = before + two + one + after
        else:
            written = draw(st.sampled_from(_ACCIDENTS) | st.binary(max_size=4))
            kept = data[first + len(written) :] if kind == "overwrite" else one + two + after
            data = before + written + kept
    return data


_ACCIDENTS: Final = (
    *(b"(", b")", b"[", b"]", b"{", b"}", b",", b":", b":=", b"|-", b"->", b">>>", b'"', b"\\", b"--", b"/-", b"-/"),
    *(b"0x", b"0", b"f64", b"v1", b"graph", b"prim", b"id", b"let1", b"op", b"end", b"ok", b"error", b"layer", b"\xff"),
    *(b"\0", b"\r\n", b"\n", b"\xef\xbb\xbf", "\u00b2\u0663".encode()),
)

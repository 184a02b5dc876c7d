"""The public strategies reach what they promise, and everything they build is well formed."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise, product

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    LayersOk,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.reference.graph import Compose, Identity, Prim, leaves, primitives, signature_faults, signature_of
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import PROFILES, Surface, profile_named
from xcheck.reference.shape import size
from xcheck.strategies import (
    associations,
    covering_sequences,
    edited,
    exports,
    float_bits,
    graphs,
    nodes,
    opaque_nodes,
    profiles,
    sequences,
    shapes,
    start_counters,
    tensors,
    values_for,
    with_identities,
)

GRAPH = {Linear, Relu, Softmax, Flatten, Conv2d, MaxPool2d, BatchNormChw}
CHAIN = {Linear, Relu, Softmax, Flatten, Conv, MaxPoolNd, BatchNorm}


def unreached(strategy, conditions, examples):
    """The positions of the conditions that none of so many examples met."""
    left = dict(enumerate(conditions))

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def look(value):
        for number in [number for number, condition in left.items() if condition(value)]:
            del left[number]

    look()
    return sorted(left)


by_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


def kinds(profile) -> set[type[Primitive]]:
    if profile.surface is Surface.CHAIN:
        return CHAIN
    return GRAPH | ({GlobalAvgPool2dChw} if profile.global_avg_pool_primitive else set())


@by_profile
@given(data=st.data())
def test_graphs_are_well_typed_and_small(profile, data):
    graph = data.draw(graphs(profile, opaque=True))
    signature = signature_of(graph)
    assert list(signature_faults(graph, profile)) == []
    assert all(node.primitive.available(profile) for node in primitives(graph))
    assert all(size(node.signature.output) < 3000 for node in primitives(graph))
    params, x = data.draw(values_for(graph))
    assert tuple(tensor.shape for tensor in params) == signature.params
    assert x.shape == signature.input


@by_profile
def test_every_primitive_and_every_pair_is_reached(profile):
    """By the fixed covering set all pairs that any shape allows; by the random strategy each primitive."""
    covered = covering_sequences(profile)
    assert {type(node.primitive) for sequence in covered for node in sequence} == kinds(profile)
    pairs = {tuple(type(node.primitive) for node in sequence) for sequence in covered if len(sequence) == 2}
    for first, second in product(kinds(profile), kinds(profile)):
        assert ((first, second) in pairs) is possible(profile, first, second), (first, second)
    for sequence in covered:
        for one, other in pairwise(sequence):
            assert one.signature.output == other.signature.input
        assert all(list(signature_faults(node, profile)) == [] for node in sequence)
    conditions = [lambda s, k=kind: any(type(n.primitive) is k for n in s) for kind in kinds(profile)]
    assert unreached(sequences(profile), conditions, 300) == []


# The ranks each primitive takes and gives; None stands for any.
TAKES = {Linear: {1}, Conv2d: {3}, MaxPool2d: {3}, BatchNormChw: {3}, GlobalAvgPool2dChw: {3}}
GIVES = {Linear: {1}, Flatten: {1}, GlobalAvgPool2dChw: {1}, Conv2d: {3}, MaxPool2d: {3}, BatchNormChw: {3}}


def possible(profile, first, second) -> bool:
    ranks = {0, 1, 2, 3, 4}
    gives = GIVES.get(first, ranks)
    takes = TAKES.get(second, ranks)
    if profile.surface is Surface.CHAIN:
        return bool(gives & (takes - {0} if second in (Conv, MaxPoolNd, BatchNorm, Softmax) else takes))
    return bool(gives & takes)


def test_degenerate_geometry_is_reached():
    may, august, chained = (profile_named(n) for n in ("tl-2026-05", "tl-2026-08", "tl-2026-09-c2"))

    def some(profile, kind, condition):
        nodes_of = [n for sequence in covering_sequences(profile) for n in sequence if isinstance(n.primitive, kind)]
        assert any(condition(n.primitive, n.signature) for n in nodes_of), (profile.name, kind)

    some(may, Conv2d, lambda p, s: p.kernel_height > s.input[1] + 2 * p.padding and size(s.output))
    some(may, Conv2d, lambda p, s: p.stride == 0)
    some(may, MaxPool2d, lambda p, s: p.kernel_height > s.input[1] and size(s.output))
    some(august, Conv2d, lambda p, s: p.kernel_height > s.input[1] + 2 * p.padding and not size(s.output))
    some(chained, Conv, lambda p, s: 0 in p.stride and p.rank)
    some(chained, Conv, lambda p, s: 0 in p.kernel)
    some(chained, Conv, lambda p, s: p.rank == 0)
    some(chained, Conv, lambda p, s: p.in_channels == 0 and size(s.output))
    some(chained, MaxPoolNd, lambda p, s: any(pad > k // 2 for k, pad in zip(p.kernel, p.padding, strict=True)))
    for profile in (may, august, chained):
        some(profile, Linear, lambda p, s: p.in_dim == 0 and p.out_dim)
        some(profile, Linear, lambda p, s: p.out_dim == 0)
        some(profile, Flatten, lambda p, s: s.input == ())
        some(profile, Relu, lambda p, s: 0 in s.input)
    assert not any(
        getattr(n.primitive, "stride", 1) == 0 for s in covering_sequences(august) for n in s if n.primitive.counts
    )


def test_every_form_of_graph_is_reached():
    conditions = [
        lambda g: isinstance(g, Identity),
        lambda g: isinstance(g, Prim),
        lambda g: isinstance(g, Compose) and isinstance(g.first, Compose) and isinstance(g.second, Compose),
        lambda g: isinstance(g, Compose) and not any(isinstance(leaf, Prim) for leaf in leaves(g)),
        lambda g: isinstance(g, Compose) and isinstance(g.second, Identity),
        lambda g: sum(1 for _ in primitives(g)) == 6,
    ]
    assert unreached(graphs(PROFILES[0]), conditions, 500) == []


@given(profiles(), st.data())
def test_associations_and_identities_keep_the_sequence(profile, data):
    sequence = data.draw(sequences(profile))
    leaves_of = data.draw(with_identities(sequence))
    graph = data.draw(associations(leaves_of))
    assert tuple(leaves(graph)) == leaves_of
    assert tuple(primitives(graph)) == sequence


def test_special_bits_are_reached():
    conditions = [
        lambda b: b == 1 << 63,
        lambda b: b == 0x7FF0000000000000,
        lambda b: (b & 0x7FFFFFFFFFFFFFFF) > 0x7FF0000000000000 and b not in (0x7FF8000000000000, 0xFFF8000000000000),
        lambda b: 0 < (b & 0x7FFFFFFFFFFFFFFF) < 0x0010000000000000,
        lambda b: b == 0x3CA0000000000000,
    ]
    assert unreached(float_bits(), conditions, 1000) == []


@given(float_bits(finite=True))
def test_finite_bits_are_finite(bits):
    assert bits & 0x7FF0000000000000 != 0x7FF0000000000000


@given(shapes().flatmap(lambda shape: st.tuples(st.just(shape), tensors(shape))))
def test_tensors_have_their_shape(pair):
    shape, tensor = pair
    assert tensor.shape == shape


def test_counters_reach_beyond_64_bits():
    assert unreached(start_counters(), [lambda n: n > 2**64, lambda n: n == 0, lambda n: 0 < n < 10], 300) == []


@given(profiles(), st.data())
def test_opaque_nodes_are_opaque(profile, data):
    node = data.draw(opaque_nodes((2,)))
    assert node.primitive.opaque
    assert node.signature.input == (2,)
    stock = data.draw(nodes(profile, (2,)))
    assert not stock.primitive.opaque
    assert stock.signature.input == (2,)


def test_every_kind_of_item_is_reached():
    conditions = [
        *(lambda item, kind=kind: isinstance(item, kind) for kind in (GraphItem, SeqItem, DagItem, InitItem)),
        *(lambda i, o=o: isinstance(i, LowerItem) and isinstance(i.outcome, o) for o in (LayersOk, Failed)),
        *(lambda i, o=o: isinstance(i, DetInitItem) and isinstance(i.outcome, o) for o in (TensorsOk, Failed)),
        lambda item: isinstance(item, ForwardItem) and item.params is None and item.buffers is not None,
        lambda item: isinstance(item, ForwardItem) and item.params is not None and item.mode == "train",
        lambda item: isinstance(item, SeqItem) and any(layer.attributes for layer in item.layers),
    ]
    some = [lambda export, c=condition: any(map(c, export.items)) for condition in conditions]
    assert unreached(exports(), some, 150) == []


@given(st.binary(max_size=80), st.data())
def test_edits_change_any_place(data, draw):
    changed = draw.draw(edited(data, most=1))
    assert len(changed) <= len(data) + 60


def test_without_hypothesis_there_is_a_clear_message():
    program = (
        "import sys\nsys.modules['hypothesis'] = None\n"
        "try:\n import xcheck.strategies\nexcept ImportError as e:\n print(e)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "xcheck.strategies needs hypothesis: pip install 'torchlean-xcheck[strategies]'\n"

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scalar import layers as scalar
from tests.scalar.bits import hexes
from xcheck.reference.graph import prim
from xcheck.reference.initialise import Initial, Uniform, XavierUniform, initial_values
from xcheck.reference.operation import NotComparableError, Run, Via
from xcheck.reference.primitives.batch_norm import BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import PROFILES, profile_named
from xcheck.reference.windows import convolve, max_pool_columns_first, max_pool_row_major
from xcheck.strategies import SPECIAL_BITS, covering_sequences, nodes, profiles, shapes, tensors, values_for
from xcheck.tensor import Tensor

MAY, JULY_13, AUGUST, C2 = (profile_named(n) for n in ("tl-2026-05", "tl-2026-07-13", "tl-2026-08", "tl-2026-09-c2"))


def assert_same_forward(profile, via, node, params, x):
    got = node.primitive.forward(Run(profile, via=via), [p.values for p in params], x.values)
    flat = [p.values.reshape(-1).tolist() for p in params]
    shape, expected = scalar.run(profile.name, via.value, node.primitive, flat, x.values.reshape(-1).tolist(), x.shape)
    assert got.dtype == np.float64
    assert got.shape == shape == node.signature.output
    assert hexes(got.reshape(-1).tolist()) == hexes(expected)


@settings(max_examples=400)
@given(st.data(), profiles(), st.sampled_from(Via))
def test_every_forward_equals_the_scalar_one(data, profile, via):
    shape = data.draw(shapes(max_rank=4, max_extent=4), label="input shape")
    node = data.draw(nodes(profile, shape), label="node")
    params, x = data.draw(values_for(node), label="values")
    assert_same_forward(profile, via, node, params, x)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_covered_geometry_equals_the_scalar_one(profile):
    """Every primitive and geometry of the covering set, on everyday values and on special ones."""
    generator = random.Random(profile.name)
    everyday = [generator.gauss(0.0, 1.0) for _ in range(64)]
    palettes = [
        np.array(everyday, np.float64).view(np.uint64).tolist(),
        list(SPECIAL_BITS),
        [0x8000000000000000, 0, 0, 0x8000000000000000, *np.array(everyday, np.float64).view(np.uint64)[:3].tolist()],
    ]

    def tensor(shape, palette):
        return Tensor(shape, np.array(generator.choices(palette, k=math.prod(shape)), np.uint64))

    seen = set()
    for node in dict.fromkeys(node for sequence in covering_sequences(profile) for node in sequence):
        seen.add(type(node.primitive))
        for palette in palettes:
            params = [tensor(shape, palette) for shape in node.signature.params]
            for via in (Via.SPEC, Via.COMPILED):
                assert_same_forward(profile, via, node, params, tensor(node.signature.input, palette))
    assert len(seen) == (7 if profile.surface == "chain" else 7 + profile.global_avg_pool_primitive)


# Ranks and geometries beyond what one primitive reaches, and more than one block of outputs.
@settings(max_examples=100)
@given(st.data())
def test_convolve_in_any_rank_with_either_extent_rule(data):
    rank = data.draw(st.integers(0, 3))
    shape = data.draw(shapes(min_rank=rank + 1, max_rank=rank + 1, max_extent=4))
    per_axis = st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2))
    windows = data.draw(st.lists(per_axis, min_size=rank, max_size=rank))
    kernel, stride, padding = (tuple(w[k] for w in windows) for k in range(3))
    rule = data.draw(st.sampled_from(("truncated", "guarded")))
    out = tuple(scalar.forwards.extent(rule, n, *w) for n, w in zip(shape[1:], windows, strict=True))
    kernel_shape = (data.draw(st.integers(0, 2)), shape[0], *kernel)
    x, weight, bias = (data.draw(tensors(s)) for s in (shape, kernel_shape, kernel_shape[:1]))
    got = convolve(x.values, weight.values, bias.values, stride, padding, out)
    flat = [t.values.reshape(-1).tolist() for t in (x, weight, bias)]
    expected = scalar.forwards.conv(flat[0], shape, flat[1], kernel_shape, flat[2], stride, padding, out)
    assert got.shape == (kernel_shape[0], *out)
    assert hexes(got.reshape(-1).tolist()) == hexes(expected)


@pytest.mark.parametrize(("outputs", "extent"), [(3, 90), (40, 25)])
def test_convolve_across_its_blocks(outputs, extent):
    generator = np.random.Generator(np.random.PCG64(1))
    x, weight, bias = (generator.normal(size=s) for s in ((2, extent, extent), (outputs, 2, 3, 2), (outputs,)))
    got = convolve(x, weight, bias, (1, 1), (1, 0), (extent, extent - 1))
    flat = [t.reshape(-1).tolist() for t in (x, weight, bias)]
    geometry = ((1, 1), (1, 0), (extent, extent - 1))
    expected = scalar.forwards.conv(flat[0], x.shape, flat[1], weight.shape, flat[2], *geometry)
    assert got.reshape(-1).tolist() == expected


@settings(max_examples=100)
@given(st.data())
def test_pools_on_windows_of_few_values(data):
    """Windows full of ties, of both zeros and of NaN: where the two visiting orders part."""
    shape = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 4)))
    few = st.sampled_from((0, 1 << 63, 0x7FF8000000000000, 0x3FF0000000000000, 0xBFF0000000000000))
    x = data.draw(tensors(shape, few))
    kernel, stride = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3))), (data.draw(st.integers(1, 2)),) * 2
    flat = x.values.reshape(-1).tolist()
    for rule in ("truncated", "guarded"):
        axes = zip(shape[1:], kernel, stride, strict=True)
        out = tuple(scalar.forwards.extent(rule, n, k, s, 0) for n, k, s in axes)
        got = max_pool_columns_first(x.values, kernel, stride, out)
        assert hexes(got.reshape(-1).tolist()) == hexes(
            scalar.forwards.pool_columns_first(flat, shape, kernel, stride, out)
        )
        got = max_pool_row_major(x.values, kernel, stride, (1, 0), out)
        expected = scalar.forwards.pool_row_major(flat, shape, kernel, stride, (1, 0), out)
        assert hexes(got.reshape(-1).tolist()) == hexes(expected)


def test_the_two_pool_orders_part_on_the_sign_of_zero():
    # columns first: (-0.0, +0.0) down the first column leaves +0.0, then the second column's -0.0 replaces it.
    window = np.array([[[-0.0, 0.0], [0.0, -0.0]]])
    pool = MaxPool2d(2, 2, 1)
    assert hexes(pool.forward(Run(JULY_13), [], window).reshape(-1).tolist()) == ["8000000000000000"]
    assert hexes(pool.forward(Run(AUGUST), [], window).reshape(-1).tolist()) == ["8000000000000000"]
    window = np.array([[[0.0, -1.0], [-1.0, -0.0]]])
    assert hexes(pool.forward(Run(JULY_13), [], window).reshape(-1).tolist()) == ["8000000000000000"]
    assert hexes(pool.forward(Run(AUGUST), [], window).reshape(-1).tolist()) == ["0000000000000000"]


def test_a_pool_larger_than_its_input_sees_zeros_before_the_guard():
    x = np.full((1, 2, 2), -5.0)
    assert MaxPool2d(3, 3, 1).forward(Run(MAY), [], x).tolist() == [[[0.0]]]
    assert MaxPool2d(3, 3, 1).forward(Run(JULY_13), [], x).shape == (1, 0, 0)


# numerics.md 3.4: padding is multiplied and added
def test_padding_times_an_infinite_weight_is_nan():
    x, weight = np.ones((1, 1, 1)), np.full((1, 1, 3, 3), math.inf)
    got = Conv2d(1, 1, 3, 3, 1, 1).forward(Run(AUGUST), [weight, np.zeros(1)], x)
    assert hexes(got.reshape(-1).tolist()) == ["7ff8000000000000"]


def decimal(*texts):
    return [float.fromhex(text) for text in texts]


# numerics.md 4.6, small forward checks
@pytest.mark.parametrize(
    ("profile", "linear", "softmax", "conv"),
    [
        (
            JULY_13,
            decimal("0x1.44e95c0a39e4cp-2", "-0x1.c14b12d869720p-4", "-0x1.d79fc5ac15153p-2"),
            decimal("0x1.e4e1a0b6fea83p-2", "0x1.3c5f1893074f4p-2", "0x1.bd7e8d6bf4114p-3"),
            decimal("0x1.13087ae666668p-5", "0x1.0c65c8819999bp-3", "0x1.7a2bf21666669p-3", "-0x1.b06d1da000000p-3"),
        ),
        (
            AUGUST,
            decimal("-0x1.7224a13bcca7ap-1", "0x1.0d4793a7c2e35p-1", "0x1.7c4e9c2a7d792p+0"),
            decimal("0x1.2d6e1cb623348p-4", "0x1.06ba2aed34ea6p-2", "0x1.56f526f2a1245p-1"),
            decimal("-0x1.b7f949c000000p-5", "-0x1.2a5105999999ap-3", "-0x1.2ea6f4d266667p-2", "-0x1.45c33d399999ap-3"),
        ),
    ],
    ids=["lcg", "splitmix64"],
)
def test_documented_forwards(profile, linear, softmax, conv):
    run = Run(profile)
    weight = initial_values(Initial((3, 2), XavierUniform(2, 3), 0), profile)
    y = Linear(2, 3).forward(run, [weight, np.zeros(3)], np.array([0.5, -1.25]))
    assert y.tolist() == linear
    assert Softmax().forward(run, [], y).tolist() == softmax
    kernel = initial_values(Initial((1, 1, 2, 2), Uniform(-0.1, 0.1), 0), profile)
    image = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    z = Conv2d(1, 1, 2, 2, 1, 1).forward(run, [kernel, np.zeros(1)], image)[0]
    assert [z[0, 0], z[0, 1], z[1, 1], z[2, 2]] == conv


# numerics.md 4.6 and era_c.md 4.6
def test_documented_batch_norms():
    one = [np.ones(1), np.zeros(1)]
    y = BatchNormChw(1, 2, 2).forward(Run(AUGUST), one, np.array([[[1.0, 2.0], [3.0, 5.0]]]))
    assert y.reshape(-1).tolist() == decimal(
        "-0x1.2ee739243797dp+0", "-0x1.03a19eb15438fp-1", "0x1.5a2cd3971af6ap-3", "0x1.85726e09fe557p+0"
    )
    pair = np.array([[[0.0, 1.0]]])
    assert BatchNormChw(1, 1, 2).forward(Run(AUGUST), one, pair).reshape(-1).tolist() == [
        -0.9999980000060001,
        0.9999980000060001,
    ]
    assert BatchNormChw(1, 1, 2).forward(Run(C2), one, pair).reshape(-1).tolist() == [
        -0.9999800005999799,
        0.9999800005999799,
    ]


def test_a_scalar_softmax_is_one():
    assert Softmax().forward(Run(AUGUST), [], np.array(-7.0)).tolist() == 1.0


@pytest.mark.parametrize(
    ("primitive", "missing"),
    [
        (Conv(1, 1, 1), "kernel, stride, padding"),
        (Conv(1, 1, 1, kernel=(1,), padding=(0,)), "stride"),
        (MaxPoolNd(1, stride=(1,)), "kernel, padding"),
        (Softmax(), "axis"),
    ],
)
def test_geometry_that_is_not_given_is_not_guessed(primitive, missing):
    params = [np.ones((1, 1, 1)), np.zeros(1)] if isinstance(primitive, Conv) else []
    with pytest.raises(NotComparableError, match=missing):
        primitive.forward(Run(C2), params, np.ones((1, 3)))
    if not isinstance(primitive, Softmax):
        with pytest.raises(NotComparableError, match=missing):
            prim(primitive, (1, 3), C2)

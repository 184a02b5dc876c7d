"""Convolutions and pools of every rank beside scalar loops, with the extents of every revision."""

from __future__ import annotations

import layer_scalars as scalar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_strategies import AUGUST, CHAIN_2, JULY, MAY, forward, indexed, parameters, same, tensors

from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.operation import Via
from xcheck.reference.profile import profile_named
from xcheck.reference.shape import Window, transposed_extent
from xcheck.reference.signature import SignatureError

PROFILES = (MAY, profile_named("tl-2026-07-13"), JULY, AUGUST)


@st.composite
def geometries(draw, least_stride=0):
    rank = draw(st.integers(0, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(rank))

    return each(1, 3), each(least_stride, 3), each(0, 2), each(0, 4 if rank < 3 else 3)


@pytest.mark.parametrize("builder", ["conv", "convTranspose"])
@given(data=st.data(), geometry=geometries(), in_c=st.integers(1, 2), out_c=st.integers(0, 3))
def test_convolutions_of_any_rank(builder, data, geometry, in_c, out_c):
    kernel, stride, padding, extents = geometry
    profile = data.draw(st.sampled_from(PROFILES))
    x = data.draw(tensors((2, in_c, *extents)))
    arguments = {
        "batch": 2,
        "d": len(kernel),
        "inC": in_c,
        "outC": out_c,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "inSpatial": extents,
    }
    params = parameters(data.draw, builder, arguments, x.shape, profile)
    out = forward(builder, arguments, params, x, profile)
    one = scalar.conv if builder == "conv" else scalar.conv_transpose
    for image, mine in zip(x, out, strict=True):
        expected = one(indexed(image), indexed(params[0]), params[1].tolist(), stride, padding, mine.shape[1:])
        assert same(mine, list(expected.values()))
    chain = {
        "batchSize": 2,
        "rank": len(kernel),
        "inputChannels": in_c,
        "outputChannels": out_c,
        "kernelSize": kernel,
        "stride": stride,
        "padding": padding,
        "inputSize": extents,
    }
    if profile == AUGUST:
        assert same(forward(builder, chain, params, x, CHAIN_2), out)


@given(data=st.data(), geometry=geometries().filter(lambda g: len(g[0]) == 2))
def test_two_dimensional_builders_are_the_ranked_ones(data, geometry):
    kernel, stride, padding, extents = geometry
    profile = data.draw(st.sampled_from(PROFILES))
    x = data.draw(tensors((2, *extents)))
    sizes = {"inC": 2, "outC": 2, "kH": kernel[0], "kW": kernel[1], "inH": extents[0], "inW": extents[1]}
    ranked = {"batch": 1, "d": 2, "inC": 2, "outC": 2, "kernel": kernel, "inSpatial": extents}
    ranked |= {"stride": (stride[0],) * 2, "padding": (padding[0],) * 2}
    for flat, full in (("conv2d", "conv"), ("convTranspose2d", "convTranspose")):
        arguments = {**sizes, "stride": stride[0], "padding": padding[0]}
        params = parameters(data.draw, flat, arguments, x.shape, profile)
        out = forward(flat, arguments, params, x, profile)
        assert same(out, forward(full, ranked, params, x[None], profile)[0])


def test_convolution_golden_numbers():
    image = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    arguments = {"inC": 1, "outC": 1, "kH": 2, "kW": 2, "stride": 1, "padding": 1, "inH": 2, "inW": 2, "seedK": 0}
    from xcheck.reference.initialise import initial_values

    for profile, texts in (
        (MAY, ("0x1.13087ae666668p-5", "0x1.0c65c8819999bp-3", "0x1.7a2bf21666669p-3", "-0x1.b06d1da000000p-3")),
        (AUGUST, ("-0x1.b7f949c000000p-5", "-0x1.2a5105999999ap-3", "-0x1.2ea6f4d266667p-2", "-0x1.45c33d399999ap-3")),
    ):
        layer = layer_of("conv2d", arguments, profile)
        params = [initial_values(i, profile) for i in layer.initial(layer.signature(image.shape, profile), profile, 0)]
        out = forward("conv2d", arguments, params, image, profile)[0]
        assert same([out[0, 0], out[0, 1], out[1, 1], out[2, 2]], [float.fromhex(t) for t in texts])


@pytest.mark.parametrize(("builder", "mode"), [("maxPool", "max"), ("avgPool", "mean")])
@given(data=st.data(), geometry=geometries())
def test_pools_of_any_rank(builder, mode, data, geometry):
    kernel, stride, padding, extents = geometry
    profile = data.draw(st.sampled_from(PROFILES))
    x = data.draw(tensors((1, 2, *extents)))
    arguments = {
        "batch": 1,
        "d": len(kernel),
        "C": 2,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "inSpatial": extents,
    }
    out = forward(builder, arguments, [], x, profile)[0]
    expected = scalar.pool(indexed(x[0]), kernel, stride, padding, out.shape[1:], mode)
    assert same(out, list(expected.values()))


@pytest.mark.parametrize("builder", ["maxPool2d", "avgPool2d", "maxPool2dPad", "avgPool2dPad"])
@given(
    data=st.data(),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    extents=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    stride=st.integers(0, 3),
    padding=st.integers(0, 2),
)
def test_two_dimensional_pools(builder, data, kernel, extents, stride, padding):
    profile = data.draw(st.sampled_from(PROFILES))
    x = data.draw(tensors((2, *extents)))
    arguments = {"kH": kernel[0], "kW": kernel[1], "inH": extents[0], "inW": extents[1], "inC": 2, "stride": stride}
    padded = builder.endswith("Pad")
    if padded:
        arguments["padding"] = padding
    out = forward(builder, arguments, [], x, profile)
    by_columns = profile != AUGUST
    if builder.startswith("max"):
        mode = "max columns" if by_columns and not padded else "max"
    else:
        mode = "mean columns" if by_columns else "mean"
    around = (padding if padded else 0,) * 2
    expected = scalar.pool(indexed(x), kernel, (stride,) * 2, around, out.shape[1:], mode)
    assert same(out, list(expected.values()))


def test_average_pool_golden_numbers():
    x = np.array([[[0.1, 0.1], [0.2, 0.3]]])
    arguments = {"kH": 2, "kW": 2, "inH": 2, "inW": 2, "inC": 1, "stride": 1}
    assert same(forward("avgPool2d", arguments, [], x, MAY), [float.fromhex("0x1.6666666666667p-3")])
    assert same(forward("avgPool2d", arguments, [], x, AUGUST), [float.fromhex("0x1.6666666666666p-3")])


def test_the_pool_families_limit_padding_from_different_commits():
    arguments = {"batch": 1, "d": 2, "C": 1, "kernel": [2, 2], "stride": [1, 1], "padding": [2, 2], "inSpatial": [3, 3]}
    flat = {"kH": 2, "kW": 2, "inH": 3, "inW": 3, "inC": 1, "stride": 1, "padding": 2}
    outputs = {}
    for name in ("tl-2026-07-15-8c3a1e6", "tl-2026-07-15-c2be276", "tl-2026-08"):
        profile = profile_named(name)
        ranked = layer_of("maxPool", arguments, profile).signature((1, 1, 3, 3), profile).output[2:]
        two = layer_of("maxPool2dPad", flat, profile).signature((1, 3, 3), profile).output[1:]
        outputs[name] = ranked, two
    assert list(outputs.values()) == [((6, 6), (6, 6)), ((0, 0), (6, 6)), ((0, 0), (0, 0))]


def test_transposed_extents():
    for n in range(4):
        for k in range(3):
            for s in range(3):
                for p in range(3):
                    steps = max(n - 1, 0) * s
                    assert transposed_extent(Window.TRUNCATED, n, k, s, p) == max(steps - 2 * p, 0) + k
                    guarded = max(steps + k - 2 * p, 0) if n and k and s else 0
                    assert transposed_extent(Window.GUARDED, n, k, s, p) == guarded


def test_leading_axes_stand_for_the_batch():
    x = np.random.default_rng(0).standard_normal((2, 3, 1, 4, 4))
    window = {"kernel": [2, 2], "stride": [1, 1], "padding": [0, 0], "inSpatial": [4, 4]}
    arguments = {"batch": 6, "d": 2, "C": 1, **window}
    out = forward("maxPool", {**arguments, "leading": [2, 3]}, [], x)
    assert same(out, forward("maxPool", arguments, [], x.reshape(6, 1, 4, 4)).reshape(2, 3, 1, 3, 3))
    with pytest.raises(SignatureError, match="leading axes"):
        layer_of("maxPool", {**arguments, "leading": [3, 2]}, AUGUST).signature(x.shape, AUGUST)


@given(data=st.data(), n=st.integers(1, 3), h=st.integers(1, 4), w=st.integers(1, 4))
def test_global_average_pool_pure_and_runtime(data, n, h, w):
    x = data.draw(tensors((n, 2, h, w)))
    for via in Via:
        expected = []
        for image in x.reshape(-1, h, w).tolist():
            if via is Via.SPEC:
                expected.append(scalar.div(scalar.fold(v for row in image for v in row), float(h * w)))
            else:
                rows = [scalar.div(scalar.fold(row), float(w)) for row in image]
                expected.append(scalar.div(scalar.fold(rows), float(h)))
        arguments = {"n": n, "c": 2, "h": h, "w": w}
        assert same(forward("globalAvgPool2dNchw", arguments, [], x, MAY, via=via), expected)
        first = forward("globalAvgPool2dChw", {"c": 2, "h": h, "w": w}, [], x[0], MAY, via=via)
        assert same(first, expected[:2])

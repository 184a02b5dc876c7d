"""Position tables, Fourier blocks and layers made of layers, beside scalar versions."""

from __future__ import annotations

import math
from itertools import product

import layer_scalars as scalar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_strategies import AUGUST, CHAIN_2, forward, parameters, run_of, same, tensors

from xcheck.reference.initialise import Initial, LogRamp, initial_values
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.operation import Mode, NotComparableError
from xcheck.reference.signature import SignatureError


def table(builder, start, shape, x_shape):
    layer = layer_of(builder, {"startPos": start}, AUGUST)
    signature = layer.signature(x_shape, AUGUST)
    assert set(signature.params) == {shape}
    return [initial_values(i, AUGUST) for i in layer.initial(signature, AUGUST, 0)]


def angle(position, column, width):
    return float(position) / math.exp(math.log(10000.0) * ((2.0 * float(column // 2)) / float(width)))


@given(start=st.integers(0, 10**6), positions=st.integers(0, 4), width=st.integers(0, 7))
def test_position_tables(start, positions, width):
    shape = (positions, width)
    places = [(start + p, j) for p in range(positions) for j in range(width)]
    waves = [math.cos(angle(p, j, width)) if j % 2 else math.sin(angle(p, j, width)) for p, j in places]
    assert same(table("sinusoidalPositionalEncoding", start, shape, (1, *shape))[0], waves)
    cos, sin = table("rope", start, shape, (1, 1, *shape))
    assert same(cos, [math.cos(angle(p, j, width)) for p, j in places])
    assert same(sin, [math.sin(angle(p, j, width)) for p, j in places])


@given(data=st.data(), width=st.integers(0, 5))
def test_rope_and_added_positions(data, width):
    x = data.draw(tensors((1, 2, 3, width)))
    cos, sin = data.draw(tensors((3, width))), data.draw(tensors((3, width)))
    expected = []
    for h, p, j in product(range(2), range(3), range(width)):
        paired = j % 2 == 0 and j + 1 < width
        source = j - 1 if j % 2 else j + 1 if paired else j
        turned = float(x[0, h, p, source]) * (-1.0 if paired else 1.0)
        expected.append(float(x[0, h, p, j]) * float(cos[p, j]) + turned * float(sin[p, j]))
    assert same(forward("rope", {}, [cos, sin], x), expected)
    sums = [float(cos[p, j]) + float(x[0, h, p, j]) for h, p, j in product(range(2), range(3), range(width))]
    for builder in ("learnedPositionalEmbedding", "sinusoidalPositionalEncoding"):
        assert same(forward(builder, {}, [cos], x[0]), sums)


def test_logarithms_along_the_last_axis():
    ramp = initial_values(Initial((2, 3), LogRamp(), 0), AUGUST)
    assert same(ramp, [math.log(n) for n in (1.0, 2.0, 3.0)] * 2)


def _column(matrix, x, width):
    return scalar.matmul(matrix, x, width)


def _spectral(x, angles, grid, width, mix):
    """Forward transform, `mix` on the two parts, inverse transform; `angles[f][i]`."""
    real = _column([[math.cos(a) for a in row] for row in angles], x, width)
    imaginary = _column([[0.0 - math.sin(a) for a in row] for row in angles], x, width)
    out_re, out_im = mix(real, imaginary)
    back = [[angles[f][i] for f in range(grid)] for i in range(grid)]
    left = _column([[math.cos(a) / float(grid) for a in row] for row in back], out_re, width)
    right = _column([[math.sin(a) / float(grid) for a in row] for row in back], out_im, width)
    return [[a - b for a, b in zip(p, q, strict=True)] for p, q in zip(left, right, strict=True)]


def _times(row, matrix, width):
    return [scalar.fold(v * matrix[k][j] for k, v in enumerate(row)) for j in range(width)]


def _complex(re, im, w_re, w_im, width):
    rr, ii = _times(re, w_re, width), _times(im, w_im, width)
    ri, ir = _times(re, w_im, width), _times(im, w_re, width)
    return [a - b for a, b in zip(rr, ii, strict=True)], [a + b for a, b in zip(ri, ir, strict=True)]


@given(data=st.data(), grid=st.integers(1, 5), width=st.integers(1, 2))
def test_the_real_fourier_block(data, grid, width):
    modes = data.draw(st.integers(0, grid // 2))
    x = data.draw(tensors((grid, width)))
    arguments = {"grid": grid, "width": width, "modes": modes}
    params = parameters(data.draw, "fno1dRealBlock", arguments, x.shape)
    low_re, low_im, high_re, high_im, skip, bias = (p.tolist() for p in params)

    def mix(real, imaginary):
        out_re, out_im = [[0.0] * width for _ in range(grid)], [[0.0] * width for _ in range(grid)]
        for m in range(modes):
            out_re[m], out_im[m] = _complex(real[m], imaginary[m], low_re[m], low_im[m], width)
        for m in range(modes):
            f = grid - modes + m
            out_re[f], out_im[f] = _complex(real[f], imaginary[f], high_re[m], high_im[m], width)
        return out_re, out_im

    angles = [[((2.0 * math.pi * float(j)) * float(k)) / float(grid) for j in range(grid)] for k in range(grid)]
    spectral = _spectral(x.tolist(), angles, grid, width, mix)
    skipped = scalar.matmul(x.tolist(), skip, width)
    expected = [
        [scalar.pos(s + (k + b)) for s, k, b in zip(p, q, bias, strict=True)]
        for p, q in zip(spectral, skipped, strict=True)
    ]
    assert same(forward("fno1dRealBlock", arguments, params, x), expected)


@given(data=st.data(), spatial=st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_the_n_dimensional_fourier_block(data, spatial):
    width, grid = 2, math.prod(spatial)
    modes = [data.draw(st.integers(0, n)) for n in spatial]
    activation = data.draw(st.sampled_from(("tanh", "relu")))
    x = data.draw(tensors((*spatial, width)))
    arguments = {"spatial": spatial, "modes": modes, "width": width, "activation": activation}
    params = parameters(data.draw, "fnoBlock", arguments, x.shape)
    w_re, w_im, skip, bias = (p.tolist() for p in params)
    places = list(product(*map(range, spatial)))

    def phase(i, f):
        total = 0.0
        for axis in reversed(range(len(spatial))):
            total = (float(i[axis]) * float(f[axis])) / float(spatial[axis]) + total
        return total

    def mix(real, imaginary):
        out_re, out_im = [], []
        for f, place in enumerate(places):
            re, im = _complex(real[f], imaginary[f], w_re[f], w_im[f], width)
            keep = all(c < m or max(n - m, 0) <= c for c, n, m in zip(place, spatial, modes, strict=True))
            out_re.append([v * float(keep) for v in re])
            out_im.append([v * float(keep) for v in im])
        return out_re, out_im

    angles = [[(2.0 * math.pi) * phase(i, f) for i in places] for f in places]
    rows = x.reshape(grid, width).tolist()
    spectral = _spectral(rows, angles, grid, width, mix)
    skipped = scalar.matmul(rows, skip, width)
    act = math.tanh if activation == "tanh" else scalar.pos
    expected = [
        [act(s + (k + b)) for s, k, b in zip(p, q, bias, strict=True)] for p, q in zip(spectral, skipped, strict=True)
    ]
    assert same(forward("fnoBlock", arguments, params, x), expected)


def test_the_complex_block_is_not_comparable():
    layer = layer_of("fno1dBlock", {"grid": 4, "width": 1, "modes": 1, "seed": 5}, AUGUST)
    signature = layer.signature((4, 1), AUGUST)
    assert [i.seed for i in layer.initial(signature, AUGUST, 0)] == [5, 6, 7, 8]
    with pytest.raises(NotComparableError, match="imaginary unit"):
        layer.forward(run_of(AUGUST), [np.ones(s) for s in signature.params], np.ones((4, 1)))
    with pytest.raises(SignatureError, match="modes"):
        layer_of("fno1dRealBlock", {"grid": 3, "width": 1, "modes": 2}, AUGUST).signature((3, 1), AUGUST)


INNER = [
    {"builder": "linear2d", "batch": 2, "inDim": 3, "outDim": 3, "seedW": 4},
    {"builder": "relu"},
]
NORM = [{"builder": "batchnormChannelFirstMode", "channels": 1, "height": 2, "width": 3}]


@given(data=st.data())
def test_residuals_and_branches(data):
    x = data.draw(tensors((2, 3)))
    weight, bias = data.draw(tensors((3, 3))), data.draw(tensors((3,)))
    inner = [[scalar.pos(v) for v in scalar.affine(weight.tolist(), bias.tolist(), row)] for row in x.tolist()]
    expected = [[a + b for a, b in zip(p, q, strict=True)] for p, q in zip(inner, x.tolist(), strict=True)]
    assert same(forward("residual", {"inner": INNER}, [weight, bias], x), expected)
    both = {"f": INNER, "g": [{"builder": "square"}]}
    squared = [[a + b * b for a, b in zip(p, q, strict=True)] for p, q in zip(inner, x.tolist(), strict=True)]
    assert same(forward("addBranches", both, [weight, bias], x), squared)


def test_a_residual_updates_the_buffers_inside_it():
    layer = layer_of("residual", {"inner": NORM}, AUGUST)
    x = np.arange(6.0).reshape(1, 2, 3)
    params = [np.ones(1), np.zeros(1), np.zeros(1), np.ones(1), np.array(0.25)]
    inner = layer_of("batchnormChannelFirstMode", {k: v for k, v in NORM[0].items() if k != "builder"}, AUGUST)
    train = run_of(AUGUST, Mode.TRAIN)
    after = layer.update_buffers(train, params, x)
    assert all(same(a, b) for a, b in zip(after, inner.update_buffers(train, params, x), strict=True))
    assert layer.requires_grad() == inner.requires_grad()
    signature = layer.signature(x.shape, AUGUST)
    assert layer.initial(signature, AUGUST, 0) == inner.initial(inner.signature(x.shape, AUGUST), AUGUST, 0)
    with pytest.raises(SignatureError, match="residual"):
        layer_of("residual", {"inner": [{"builder": "flatten"}]}, AUGUST).signature((2, 2), AUGUST)
    with pytest.raises(SignatureError, match="branches"):
        layer_of("addBranches", {"f": [{"builder": "flatten"}], "g": []}, AUGUST).signature((2, 2), AUGUST)


@given(width=st.integers(1, 5))
def test_chain_rope_tables_fix_an_unpaired_column(width):
    layer = layer_of("rope", {"startPosition": 3}, CHAIN_2)
    signature = layer.signature((2, width), CHAIN_2)
    cos, sin = (initial_values(i, CHAIN_2) for i in layer.initial(signature, CHAIN_2, 0))
    places = [(p, j, width % 2 == 1 and j == width - 1) for p in (3, 4) for j in range(width)]
    assert same(cos, [1.0 if tail else math.cos(angle(p, j, width)) for p, j, tail in places])
    assert same(sin, [0.0 if tail else math.sin(angle(p, j, width)) for p, j, tail in places])


@given(data=st.data(), spatial=st.lists(st.integers(1, 3), max_size=2))
def test_chain_global_pool_multiplies_by_a_reciprocal(data, spatial):
    x = data.draw(tensors((2, 3, *spatial)))
    cells = math.prod(spatial)
    expected = [scalar.fold(row) * (1.0 / float(cells)) for row in x.reshape(6, cells).tolist()]
    arguments = {"batchShape": [2], "channels": 3, "spatial": spatial}
    assert same(forward("globalAvgPool", arguments, [], x, CHAIN_2), expected)


@given(data=st.data())
def test_chain_layers_over_any_leading_axes(data):
    x = data.draw(tensors((2, 2, 3)))
    params = [data.draw(tensors(s)) for s in ((4, 3), (4,))]
    arguments = {"inputWidth": 3, "outputWidth": 4, "batchShape": [2, 2]}
    rows = [scalar.affine(params[0].tolist(), params[1].tolist(), row) for row in x.reshape(4, 3).tolist()]
    assert same(forward("linear", arguments, params, x, CHAIN_2), rows)
    table = data.draw(tensors((3, 2)))
    arguments = {"vocabularySize": 3, "embeddingWidth": 2, "batchShape": [2, 2]}
    expected = scalar.matmul(x.reshape(4, 3).tolist(), table.tolist(), 2)
    assert same(forward("oneHotEmbedding", arguments, [table], x, CHAIN_2), expected)
    assert forward("flattenAfter", {"batchShape": [2]}, [], x, CHAIN_2).tobytes() == x.tobytes()


def test_a_chain_batch_norm_over_leading_axes_updates_its_buffers():
    x = np.random.default_rng(2).standard_normal((2, 3, 4, 5))
    params = [np.ones(4), np.zeros(4), np.zeros(4), np.ones(4), np.array(0.1)]
    flat = {"batch": 6, "channels": 4, "spatial": [5]}
    wide = layer_of("batchNorm", {**flat, "batchShape": [2, 3]}, CHAIN_2)
    plain = layer_of("batchNorm", flat, CHAIN_2)
    run = run_of(CHAIN_2, Mode.TRAIN)
    assert wide.updates_buffers
    assert same(wide.forward(run, params, x), plain.forward(run, params, x.reshape(6, 4, 5)))
    after = zip(wide.update_buffers(run, params, x), plain.update_buffers(run, params, x.reshape(6, 4, 5)), strict=True)
    assert all(same(a, b) for a, b in after)


def test_joined_branches():
    x = np.arange(3.0)
    both = {"f": [{"builder": "square"}], "g": []}
    assert same(forward("concatBranches", both, [], x, CHAIN_2), [0.0, 1.0, 4.0, 0.0, 1.0, 2.0])
    with pytest.raises(SignatureError, match="do not join"):
        layer_of("concatBranches", {"f": [{"builder": "sum"}], "g": []}, CHAIN_2).signature((3,), CHAIN_2)


def test_the_chain_fourier_block_is_dense_or_not_comparable():
    rng = np.random.default_rng(4)
    arguments = {"spatial": [3], "modes": [1], "width": 2}
    params = [rng.standard_normal(s) for s in ((3, 2, 2), (3, 2, 2), (2, 2), (2,))]
    x = rng.standard_normal((3, 2))
    dense = forward("fnoBlock", {**arguments, "path": "dense"}, params, x, CHAIN_2)
    assert same(dense, forward("fnoBlock", arguments, params, x))
    with pytest.raises(NotComparableError, match="fast Fourier transform"):
        forward("fnoBlock", arguments, params, x, CHAIN_2)
    seeds = {"spectralRealSeed": 3, "spectralImagSeed": 5, "skipWeightSeed": 9}
    layer = layer_of("fnoBlock", {**arguments, **seeds}, CHAIN_2)
    assert [i.seed for i in layer.initial(layer.signature((3, 2), CHAIN_2), CHAIN_2, 0)] == [3, 5, 9, 0]

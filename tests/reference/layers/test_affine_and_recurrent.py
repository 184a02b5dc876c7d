"""Affine and recurrent layers beside their scalar versions."""

from __future__ import annotations

import math

import layer_scalars as scalar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_strategies import CHAIN_1, CHAIN_2, SPECIAL, forward, parameters, same, tensors

from xcheck.reference.exact import fold_onto, fold_rows
from xcheck.reference.operation import NotComparableError, Via

SMALL = st.integers(0, 4)


@given(data=st.data(), batch=SMALL, in_dim=SMALL, out_dim=st.integers(0, 20))
def test_linear_forms(data, batch, in_dim, out_dim):
    x = data.draw(tensors((batch, in_dim)))
    arguments = {"inDim": in_dim, "outDim": out_dim}
    weight, bias = parameters(data.draw, "linear2d", {"batch": batch, **arguments}, x.shape)
    rows = [scalar.affine(weight.tolist(), bias.tolist(), row) for row in x.tolist()]
    assert same(forward("linear2d", {"batch": batch, **arguments}, [weight, bias], x), rows)
    assert same(forward("linearWith", {**arguments, "pfx": [batch]}, [weight, bias], x), rows)
    for row, expected in zip(x, rows, strict=True):
        assert same(forward("linear", arguments, [weight, bias], row), expected)


@given(data=st.data(), batch=SMALL, vocabulary=SMALL, width=SMALL)
def test_embedding_and_mat_affine(data, batch, vocabulary, width):
    x = data.draw(tensors((batch, vocabulary)))
    table = data.draw(tensors((vocabulary, width)))
    expected = scalar.matmul(x.tolist(), table.tolist(), width)
    arguments = {"vocab": vocabulary, "embedDim": width, "pfx": [batch]}
    assert same(forward("embedding", arguments, [table], x), expected)
    bias = data.draw(tensors((width,)))
    added = [[v + b for v, b in zip(row, bias.tolist(), strict=True)] for row in expected]
    arguments = {"grid": batch, "inC": vocabulary, "outC": width}
    assert same(forward("matAffine", arguments, [table, bias], x), added)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@given(data=st.data(), steps=SMALL, in_dim=SMALL, hidden=st.integers(0, 6))
def test_recurrent_layers(kind, data, steps, in_dim, hidden):
    x = data.draw(tensors((steps, in_dim)))
    arguments = {"seqLen": steps, "inputSize": in_dim, "hiddenSize": hidden}
    params = parameters(data.draw, kind, arguments, x.shape)
    expected = scalar.recurrent(kind, x.tolist(), [p.tolist() for p in params], hidden)
    assert same(forward(kind, arguments, params, x), expected)
    chain = {"sequenceLength": steps, "inputWidth": in_dim, "hiddenWidth": hidden}
    expected = scalar.recurrent(kind, x.tolist(), [p.tolist() for p in params], hidden, scalar.sigma_by_sign)
    for profile in (CHAIN_1, CHAIN_2):
        assert same(forward(kind, chain, params, x, profile), expected)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_pure_sequences_run_backwards_up_to_august(kind):
    rng = np.random.default_rng(3)
    params = [rng.standard_normal(s) for s in ((2, 5), (2,)) * {"rnn": 1, "gru": 3, "lstm": 4}[kind]]
    x = rng.standard_normal((4, 3))
    arguments = {"seqLen": 4, "inputSize": 3, "hiddenSize": 2}
    eager = forward(kind, arguments, params, x)
    assert same(forward(kind, arguments, params, x, via=Via.SPEC), eager[::-1])
    chain = {"sequenceLength": 4, "inputWidth": 3, "hiddenWidth": 2}
    assert same(forward(kind, chain, params, x, CHAIN_2, via=Via.SPEC), forward(kind, chain, params, x, CHAIN_2))


def test_only_the_runtime_drops_the_sign_of_a_zero_row():
    arguments = {"seqLen": 1, "inputSize": 1, "hiddenSize": 1}
    lstm = [np.zeros((1, 2)), np.zeros(1)] * 4
    # Gates of one half: the cell becomes the smallest negative number, and half of its tanh rounds to -0.0.
    lstm[5] = np.array([-1e-323])
    x = np.zeros((1, 1))
    assert same(forward("lstm", arguments, lstm, x), [0.0])
    assert same(forward("lstm", arguments, lstm, x, via=Via.SPEC), [-0.0])


def test_layers_without_pure_semantics():
    rows = np.zeros((1, 1))
    mamba = [np.zeros(s) for s in ((1, 1), (1,), (1, 2), (1,), (1, 1), (1,))]
    with pytest.raises(NotComparableError, match="mamba layer is composed"):
        forward("mamba", {"seqLen": 1, "inputSize": 1, "hiddenSize": 1}, mamba, rows, via=Via.SPEC)
    after = [np.zeros(s) for s in ((3, 1), (3, 1), (3,), (3,))]
    arguments = {"sequenceLength": 1, "inputWidth": 1, "hiddenWidth": 1}
    with pytest.raises(NotComparableError, match="reset-after GRU"):
        forward("gruResetAfter", arguments, after, rows, CHAIN_2, via=Via.SPEC)


def test_a_wide_lstm_in_several_blocks():
    rng = np.random.default_rng(1)
    arguments = {"seqLen": 3, "inputSize": 5, "hiddenSize": 130}
    params = [rng.standard_normal(s) for s in ((130, 135), (130,)) * 4]
    x = rng.standard_normal((3, 5))
    expected = scalar.recurrent("lstm", x.tolist(), [p.tolist() for p in params], 130)
    assert same(forward("lstm", arguments, params, x), expected)


@given(data=st.data(), steps=SMALL, in_dim=SMALL, hidden=st.integers(0, 5))
def test_mamba(data, steps, in_dim, hidden):
    x = data.draw(tensors((steps, in_dim)))
    arguments = {"seqLen": steps, "inputSize": in_dim, "hiddenSize": hidden}
    params = parameters(data.draw, "mamba", arguments, x.shape)
    assert same(forward("mamba", arguments, params, x), scalar.mamba(x.tolist(), [p.tolist() for p in params], hidden))


@given(data=st.data(), steps=SMALL, in_dim=SMALL, hidden=st.integers(0, 5))
def test_gru_with_the_reset_after_the_product(data, steps, in_dim, hidden):
    x = data.draw(tensors((steps, in_dim)))
    arguments = {"sequenceLength": steps, "inputWidth": in_dim, "hiddenWidth": hidden}
    params = parameters(data.draw, "gruResetAfter", arguments, x.shape, CHAIN_2)
    w_input, w_hidden, b_input, b_hidden = (p.tolist() for p in params)
    h, expected = [0.0] * hidden, []
    for row in x.tolist():
        a, b = scalar.affine(w_input, b_input, row), scalar.affine(w_hidden, b_hidden, h)
        step = []
        for i in range(hidden):
            r = scalar.sigma_by_sign(a[i] + b[i])
            z = scalar.sigma_by_sign(a[hidden + i] + b[hidden + i])
            n = math.tanh(a[2 * hidden + i] + r * b[2 * hidden + i])
            step.append((1.0 - z) * n + z * h[i])
        h = step
        expected.append([0.0 + v for v in h])
    assert same(forward("gruResetAfter", arguments, params, x, CHAIN_2), expected)


def _selective(x, params, taps):
    w_x, w_z, kernel, bias, w_dt, b_dt, log_a, w_b, w_c, skip, w_out = (p.tolist() for p in params)
    inner, states = len(bias), len(log_a[0])
    hidden = len(w_out[0])

    def project(row, weight, width):
        return [scalar.fold(v * weight[k][j] for k, v in enumerate(row)) for j in range(width)]

    def softplus(v):
        return v + scalar.log(1.0 + scalar.exp(-v)) if v > 0.0 else scalar.log(1.0 + scalar.exp(v))

    rates = [[scalar.exp(v) for v in row] for row in log_a]
    state, history, out = [[0.0] * states for _ in range(inner)], [], []
    for token in x.tolist():
        z = project(token, w_z, inner)
        history = [project(token, w_x, inner), *history][:taps]
        conv = list(bias)
        for tap in range(taps):
            past = history[tap] if tap < len(history) else [0.0] * inner
            conv = [c + k * p for c, k, p in zip(conv, kernel[tap], past, strict=True)]
        u = [scalar.silu(v, scalar.sigma_by_sign) for v in conv]
        delta = [softplus(a + b) for a, b in zip(project(u, w_dt, inner), b_dt, strict=True)]
        entry, read = project(u, w_b, states), project(u, w_c, states)
        state = [
            [
                scalar.exp((delta[d] * rates[d][n]) * -1.0) * state[d][n] + (delta[d] * entry[n]) * u[d]
                for n in range(states)
            ]
            for d in range(inner)
        ]
        y = [skip[d] * u[d] + scalar.fold(state[d][n] * read[n] for n in range(states)) for d in range(inner)]
        gated = [v * scalar.silu(g, scalar.sigma_by_sign) for v, g in zip(y, z, strict=True)]
        out.append([0.0 + v for v in project(gated, w_out, hidden)])
    return out


@given(data=st.data(), steps=st.integers(0, 5), taps=st.integers(1, 3))
def test_selective_mamba(data, steps, taps):
    arguments = {
        "sequenceLength": steps,
        "inputWidth": 2,
        "hiddenWidth": 2,
        "expansion": 2,
        "stateWidth": 3,
        "kernelWidth": taps,
    }
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    shapes = ((2, 4), (2, 4), (taps, 4), (4,), (4, 4), (4,), (4, 3), (4, 3), (4, 3), (4,), (4, 2))
    params = [rng.standard_normal(shape) for shape in shapes]
    x = rng.standard_normal((steps, 2))
    if x.size:
        x[-1, 0] = data.draw(st.sampled_from((0.25, *SPECIAL)))
    assert same(forward("mamba", arguments, params, x, CHAIN_2), _selective(x, params, taps))


@given(data=st.data(), count=st.integers(0, 5), outputs=st.integers(1, 40))
def test_folds_carried_on(data, count, outputs):
    start, terms = data.draw(tensors((outputs,))), data.draw(tensors((count, outputs)))
    # A fold from +0.0 never ends in -0.0, so neither does one that is carried on.
    start = start + 0.0
    expected = start.tolist()
    for row in terms.tolist():
        expected = [e + v for e, v in zip(expected, row, strict=True)]
    with np.errstate(all="ignore"):
        assert same(fold_onto(start, terms), expected)
        assert same(fold_rows(terms), [scalar.fold(row) for row in terms.tolist()])

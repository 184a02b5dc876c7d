"""Attention at every revision, masked and not, beside a scalar version."""

from __future__ import annotations

import layer_scalars as scalar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_strategies import AUGUST, CHAIN_1, CHAIN_2, MAY, forward, parameters, run_of, same, tensors

from xcheck.reference.layers.arguments import UnknownBuilderError
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.operation import Mode, NotComparableError, Position, Run, Via
from xcheck.reference.profile import profile_named


@st.composite
def cases(draw):
    batch, n, width = draw(st.integers(0, 2)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    heads, head_width = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    mask = draw(st.none() | st.lists(st.booleans(), min_size=n * n, max_size=n * n))
    return batch, n, width, heads, head_width, mask


def rows_of(mask, n):
    return None if mask is None else [mask[i * n : (i + 1) * n] for i in range(n)]


@given(data=st.data(), case=cases())
def test_attention_of_the_graph_revisions(data, case):
    batch, n, width, heads, head_width, mask = case
    x = data.draw(tensors((batch, n, width)))
    arguments = {"batch": batch, "n": n, "dModel": width, "numHeads": heads, "headDim": head_width}
    if mask is not None:
        arguments["mask"] = [int(m) for m in mask]
    params = parameters(data.draw, "multiHeadAttentionOutputBias", arguments, x.shape)
    lists = [p.tolist() for p in params]
    for name, swap, shifted in (
        ("tl-2026-05", False, False),
        ("tl-2026-07-13", False, True),
        ("tl-2026-07-15-c2be276", True, True),
        ("tl-2026-08", True, True),
    ):
        profile = profile_named(name)
        rows = rows_of(mask, n)
        expected = [scalar.attention(e, lists[:4], heads, head_width, rows, swap, shifted) for e in x.tolist()]
        assert same(forward("multiHeadAttention", arguments, params[:4], x, profile), expected)
    biased = [
        scalar.attention(e, lists[:4], heads, head_width, rows_of(mask, n), True, True, lists[4]) for e in x.tolist()
    ]
    assert same(forward("multiHeadAttentionOutputBias", arguments, params, x), biased)


def test_a_row_that_the_mask_blocks_whole():
    arguments = {"batch": 1, "n": 2, "dModel": 1, "numHeads": 1, "headDim": 1, "mask": [0, 0, 1, 1]}
    params = [np.ones((1, 1))] * 4
    x = np.array([[[1.0], [3.0]]])
    assert np.isnan(forward("multiHeadAttention", arguments, params, x, MAY)[0, 0, 0])
    assert forward("multiHeadAttention", arguments, params, x, AUGUST)[0, 0, 0] == 0.0


def test_heads_of_width_zero():
    arguments = {"batch": 1, "n": 2, "dModel": 1, "numHeads": 2, "headDim": 0}
    params = [np.ones((1, 0))] * 3 + [np.ones((0, 1))]
    for profile in (MAY, AUGUST):
        assert same(forward("multiHeadAttention", arguments, params, np.ones((1, 2, 1)), profile), [0.0, 0.0])


def test_the_output_bias_arrives_at_8c3a1e6():
    arguments = {"batch": 1, "n": 1, "dModel": 1, "numHeads": 1, "headDim": 1}
    with pytest.raises(UnknownBuilderError, match="not have this layer builder"):
        layer_of("multiHeadAttentionOutputBias", arguments, profile_named("tl-2026-07-15-5f7d3ee"))
    layer_of("multiHeadAttentionOutputBias", arguments, profile_named("tl-2026-07-15-8c3a1e6"))


CHAIN = {"batchSize": 2, "sequenceLength": 3, "modelWidth": 2, "headCount": 2, "headWidth": 2}


def _composed(x, params, mask, probability=None, counter=0):
    """Attention with input and output biases; with a probability, the weights are dropped out."""
    wq, wk, wv, wo, bq, bk, bv, bo = (p.tolist() for p in params[:8])
    n, heads, width = 3, 2, 2
    projected = [
        [[[v + b for v, b in zip(row, bias, strict=True)] for row in scalar.matmul(entry, w, 4)] for entry in x]
        for w, bias in ((wq, bq), (wk, bk), (wv, bv))
    ]
    scale = 1.0 / 2.0**0.5
    weights = []
    for e in range(2):
        for h in range(heads):
            q, k = ([row[h * width : (h + 1) * width] for row in projected[i][e]] for i in (0, 1))
            for i in range(n):
                scores = [scalar.fold(a * b for a, b in zip(q[i], k[j], strict=True)) * scale for j in range(n)]
                if mask is None:
                    weights.append(scalar.softmax(scores))
                else:
                    visible = [j for j in range(n) if mask[i][j]]
                    soft = iter(scalar.softmax([scores[j] for j in visible]))
                    weights.append([next(soft) if mask[i][j] else 0.0 for j in range(n)])
    flat = [v for row in weights for v in row]
    if probability is not None:
        flat = scalar.dropout(flat, probability, 9, counter, chain=True)
    out = []
    for e in range(2):
        rows = []
        for i in range(n):
            joined = []
            for h in range(heads):
                at = ((e * heads + h) * n + i) * n
                joined += [
                    scalar.fold(flat[at + j] * projected[2][e][j][h * width + d] for j in range(n))
                    for d in range(width)
                ]
            rows.append([v + b for v, b in zip(scalar.matmul([joined], wo, 2)[0], bo, strict=True)])
        out.append(rows)
    return out


@given(data=st.data(), mask=st.none() | st.lists(st.booleans(), min_size=9, max_size=9))
def test_chain_attention_with_biases_and_dropout(data, mask):
    x = data.draw(tensors((2, 3, 2)))
    arguments = {**CHAIN, "inputBias": True, "outputBias": True}
    if mask is not None:
        arguments["mask"] = [int(m) for m in mask]
    params = parameters(data.draw, "attention", arguments, x.shape, CHAIN_2)
    rows = rows_of(mask, 3)
    expected = _composed(x.tolist(), params, rows)
    assert same(forward("attention", arguments, params, x, CHAIN_2), expected)
    assert same(forward("multiHeadAttentionConfigured", arguments, params, x, CHAIN_1), expected)

    from xcheck.reference.primitives.base import FloatBits

    dropped = {**arguments, "dropout": FloatBits(0x3FD0000000000000), "dropoutSeed": 9}
    layer = layer_of("attention", dropped, CHAIN_2)
    run = Run(CHAIN_2, Mode.TRAIN, Via.EAGER, Position(9, None, 4))
    out = layer.forward(run, [*params, np.array(0.25)], x)
    assert same(out, _composed(x.tolist(), params, rows, 0.25, 4))
    assert layer.random_ops(run) == 1
    with pytest.raises(NotComparableError, match="composed by the runtime"):
        layer.forward(run_of(CHAIN_2, via=Via.SPEC), [*params, np.array(0.25)], x)


@given(data=st.data())
def test_chain_attention_without_biases_is_the_pure_one(data):
    x = data.draw(tensors((2, 3, 2)))
    params = parameters(data.draw, "attention", CHAIN, x.shape, CHAIN_2)
    lists = [p.tolist() for p in params]
    expected = [scalar.attention(e, lists, 2, 2, None, True, True) for e in x.tolist()]
    assert same(forward("attention", CHAIN, params, x, CHAIN_2), expected)
    assert same(forward("multiHeadAttention", CHAIN, params, x, CHAIN_1), expected)
    bias = data.draw(tensors((2,)))
    biased = [scalar.attention(e, lists, 2, 2, None, True, True, bias.tolist()) for e in x.tolist()]
    assert same(forward("attention", {**CHAIN, "outputBias": True}, [*params, bias], x, CHAIN_2), biased)
    assert same(forward("multiHeadAttentionOutputBias", CHAIN, [*params, bias], x, CHAIN_1), biased)

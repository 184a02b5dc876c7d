"""Activations, softmax, sum and the copies, beside their scalar versions."""

from __future__ import annotations

import math

import layer_scalars as scalar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_strategies import AUGUST, CHAIN_2, GRAPH_PROFILES, MAY, forward, same, tensors

from xcheck.reference.operation import Via
from xcheck.reference.profile import profile_named

VECTORS = st.integers(0, 12).flatmap(lambda n: tensors((n,)))

SCALAR = {
    "relu": scalar.pos,
    "sigmoid": scalar.sigma,
    "tanh": math.tanh,
    "silu": scalar.silu,
    "square": lambda v: v * v,
    "gelu": scalar.gelu_spec,
}


@pytest.mark.parametrize("builder", sorted(SCALAR))
@given(x=VECTORS)
def test_one_number_at_a_time(builder, x):
    assert same(forward(builder, {}, [], x), [SCALAR[builder](v) for v in x.tolist()])


@given(x=VECTORS)
def test_gelu_is_composed_by_the_runtime_before_be55ea0(x):
    composed = [scalar.gelu_composed(v) for v in x.tolist()]
    pure = [scalar.gelu_spec(v) for v in x.tolist()]
    for profile in GRAPH_PROFILES:
        before = profile != AUGUST
        assert same(forward("gelu", {}, [], x, profile, via=Via.EAGER), composed if before else pure)
        assert same(forward("gelu", {}, [], x, profile, via=Via.COMPILED), composed if before else pure)
        assert same(forward("gelu", {}, [], x, profile, via=Via.SPEC), pure)


def test_gelu_golden_numbers():
    x = np.array([-2.22, 1.31, 1.0])
    runtime = [float.fromhex(t) for t in ("-0x1.dbd8a6749e50bp-6", "0x1.2f68a3f7821d2p+0", "0x1.aeb0b772a3ae2p-1")]
    later = [float.fromhex(t) for t in ("-0x1.dbd8a6749e4e7p-6", "0x1.2f68a3f7821d1p+0", "0x1.aeb0b772a3ae2p-1")]
    assert same(forward("gelu", {}, [], x, MAY), runtime)
    assert same(forward("gelu", {}, [], x, AUGUST), later)


def test_sigmoid_golden_numbers():
    x = np.array([-1.0, 0.5, 2.0, -800.0])
    expected = [float.fromhex(t) for t in ("0x1.136561454ba86p-2", "0x1.3eb2fd4d34391p-1", "0x1.c2f7d5a8a79c9p-1")]
    assert same(forward("sigmoid", {}, [], x), [*expected, 0.0])
    assert same(forward("tanh", {}, [], np.array([0.5])), [float.fromhex("0x1.d9353d7568af3p-2")])


@given(x=VECTORS)
def test_the_chain_logistic_branches_on_the_sign(x):
    assert same(forward("sigmoid", {}, [], x, CHAIN_2), [scalar.sigma_by_sign(v) for v in x.tolist()])
    expected = [scalar.silu(v, scalar.sigma_by_sign) for v in x.tolist()]
    assert same(forward("silu", {}, [], x, CHAIN_2), expected)


@given(x=st.tuples(st.integers(0, 3), st.integers(0, 5)).flatmap(tensors))
def test_softmax_last_axis(x):
    assert same(forward("softmax", {}, [], x), [scalar.softmax(row) for row in x.tolist()])


def test_softmax_of_a_scalar_is_one():
    assert same(forward("softmax", {}, [], np.array(-3.0)), [1.0])


@given(x=st.tuples(st.integers(0, 4), st.integers(0, 3)).flatmap(tensors))
def test_chain_softmax_over_the_first_axis(x):
    columns = [scalar.softmax(column) for column in x.T.tolist()]
    assert same(forward("softmax", {"axis": 0}, [], x, CHAIN_2), np.array(columns).reshape(x.T.shape).T)
    columns = [scalar.log_softmax(column) for column in x.T.tolist()]
    assert same(forward("logSoftmax", {"axis": 0}, [], x, CHAIN_2), np.array(columns).reshape(x.T.shape).T)


@given(x=st.tuples(st.integers(0, 4), st.integers(0, 9)).flatmap(tensors))
def test_sum_folds_row_major(x):
    assert same(forward("sum", {}, [], x), [scalar.fold(x.reshape(-1).tolist())])


@given(x=st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(0, 2)).flatmap(tensors))
def test_copies_keep_every_bit(x):
    for builder in ("flatten", "flattenKeep0", "flattenBatch"):
        assert forward(builder, {}, [], x).tobytes() == x.tobytes()
    assert forward("spatialToTokens", {}, [], x).tobytes() == x.swapaxes(1, 2).tobytes()
    target = [x.size]
    assert forward("reshape", {"source": list(x.shape), "target": target}, [], x).tobytes() == x.tobytes()


@given(x=tensors((3,)))
def test_kan_hats(x):
    hats = [0.0 + scalar.pos(1.0 - abs(v * 4.0 - k)) for k in range(5) for v in x.tolist()]
    assert same(forward("kanPiecewiseLinear", {"gridSize": 5, "inputScale": 4, "inDim": 3}, [], x), hats)


def test_a_scalar_flattens_to_length_one():
    assert forward("flatten", {}, [], np.array(2.0), profile_named("tl-2026-06")).shape == (1,)

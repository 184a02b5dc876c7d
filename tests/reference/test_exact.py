from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scalar import bits as scalar
from tests.scalar import forwards
from tests.scalar.bits import hexes
from xcheck.reference import exact
from xcheck.strategies import float_bits, tensors


def matrices(rows, columns):
    return st.tuples(rows, columns).flatmap(tensors)


def fold(values):
    total = 0.0
    for value in values:
        total = total + value
    return total


@given(matrices(st.integers(0, 40), st.integers(0, 40)))
def test_fold_sum_is_the_scalar_fold(terms):
    with np.errstate(all="ignore"):
        got = exact.fold_sum(terms.values)
    assert hexes(got.tolist()) == hexes(map(fold, terms.values.T.tolist()))


@given(matrices(st.integers(0, 9), st.integers(0, 50)))
def test_fold_last_is_the_scalar_fold(terms):
    with np.errstate(all="ignore"):
        got = exact.fold_last(terms.values)
    assert hexes(got.tolist()) == hexes(map(fold, terms.values.tolist()))


@given(st.lists(float_bits(finite=True), min_size=1, max_size=200))
def test_one_long_fold(words):
    values = np.array(words, np.uint64).view(np.float64)
    with np.errstate(all="ignore"):
        assert hexes([float(exact.fold_sum(values))]) == hexes([fold(values.tolist())])


def products(matrix, vector):
    return [fold(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


@given(st.tuples(st.integers(0, 20), st.integers(0, 20)).flatmap(lambda s: st.tuples(tensors(s), tensors((s[1],)))))
def test_matvec_is_the_scalar_fold(pair):
    matrix, vector = pair[0].values, pair[1].values
    with np.errstate(all="ignore"):
        got = exact.matvec(matrix, vector)
    assert hexes(got.tolist()) == hexes(products(matrix.tolist(), vector.tolist()))


@pytest.mark.parametrize(("rows", "inner"), [(3, 4095), (3, 4096), (2, 4097), (17, 9000), (40, 1000), (1, 20000)])
def test_matvec_across_its_blocks(rows, inner):
    generator = np.random.Generator(np.random.PCG64(rows * inner))
    matrix, vector = generator.normal(size=(rows, inner)), generator.normal(size=inner)
    with np.errstate(all="ignore"):
        assert exact.matvec(matrix, vector).tolist() == products(matrix.tolist(), vector.tolist())


@given(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)).flatmap(
        lambda s: st.tuples(tensors(s[:2]), tensors(s[1:]))
    )
)
def test_matmul_is_the_scalar_fold(pair):
    left, right = pair[0].values, pair[1].values
    with np.errstate(all="ignore"):
        got = exact.matmul(left, right)
    expected = [products([list(c) for c in right.T.tolist()], row) for row in left.tolist()]
    assert got.shape == (left.shape[0], right.shape[1])
    assert hexes(got.reshape(-1).tolist()) == hexes(value for row in expected for value in row)


@given(st.lists(float_bits(), min_size=1, max_size=8), st.data())
def test_maximum_is_leans(words, data):
    x = np.array(words, np.uint64).view(np.float64)
    y = np.array([data.draw(float_bits()) for _ in words], np.uint64).view(np.float64)
    pairs = list(zip(x.tolist(), y.tolist(), strict=True))
    assert hexes(exact.maximum(x, y).tolist()) == hexes(scalar.maximum(a, b) for a, b in pairs)
    assert hexes(exact.clamp_at_zero(x).tolist()) == hexes(forwards.relu(x.tolist()))
    best = x.tolist()[0]
    for value in x.tolist():
        best = scalar.maximum(best, value)
    assert hexes([float(exact.fold_max(x))]) == hexes([best])


# numerics.md 1.2
@pytest.mark.parametrize(
    ("x", "y", "largest"),
    [(0.0, -0.0, -0.0), (-0.0, 0.0, 0.0), (math.nan, 1.0, math.nan), (1.0, math.nan, 1.0), (1.0, 2.0, 2.0)],
)
def test_the_documented_maxima(x, y, largest):
    assert hexes([float(exact.maximum(np.array(x), np.array(y)))]) == hexes([largest])


@pytest.mark.parametrize(
    ("function", "x", "result"),
    [
        (exact.exp, 710.0, math.inf),
        (exact.exp, -math.inf, 0.0),
        (exact.exp, math.nan, math.nan),
        (exact.exp, 1.0, math.exp(1.0)),
        (exact.log, 0.0, -math.inf),
        (exact.log, -0.0, -math.inf),
        (exact.log, -1.0, math.nan),
        (exact.log, math.nan, math.nan),
        (exact.log, math.inf, math.inf),
        (exact.log, 10.0, float.fromhex("0x1.26bb1bbb55516p+1")),
        (exact.cos, math.inf, math.nan),
        (exact.cos, math.nan, math.nan),
        (exact.cos, 0.5, math.cos(0.5)),
        (exact.sin, -math.inf, math.nan),
        (exact.sin, 0.5, math.sin(0.5)),
        (exact.tanh, math.inf, 1.0),
        (exact.tanh, 0.3, math.tanh(0.3)),
    ],
)
def test_libm_at_the_edges(function, x, result):
    got = function(np.array([[x]]))
    assert got.shape == (1, 1)
    assert hexes([got[0, 0]]) == hexes([result])


# What other versions of NumPy might do, or what an unwise change here might: each must be refused.
def pairwise(flat):
    return np.array([np.sum(column.copy()) for column in flat.T])


def reversed_order(flat):
    return np.add.accumulate(flat[::-1], axis=0)[-1] + 0.0


def two_accumulators(flat):
    even, odd = (np.add.accumulate(flat[k::2], axis=0)[-1] for k in (0, 1))
    return even + odd


def first_term_dropped(flat):
    return np.add.accumulate(flat[1:], axis=0)[-1] + 0.0


@pytest.mark.parametrize("order", [pairwise, reversed_order, two_accumulators, first_term_dropped])
def test_the_self_check_detects_another_order(monkeypatch, order):
    exact.self_check.cache_clear()
    monkeypatch.setattr(exact, "_fold", order)
    try:
        with pytest.raises(exact.ReductionOrderError, match="does not sum in index order"):
            exact.fold_sum(np.ones((3, 2)))
    finally:
        exact.self_check.cache_clear()


@pytest.mark.parametrize("half", ["add.reduce", "add.accumulate"])
def test_the_self_check_looks_at_both_reductions(monkeypatch, half):
    class Numpy:
        """NumPy with one of the two reductions done pairwise."""

        def __getattr__(self, name):
            return getattr(np, name)

        class add:
            @staticmethod
            def reduce(flat, axis, initial):
                if half == "add.reduce":
                    return pairwise(flat)
                return np.add.reduce(flat, axis=axis, initial=initial)

            @staticmethod
            def accumulate(flat, axis):
                if half == "add.accumulate":
                    return pairwise(flat)[None, :]
                return np.add.accumulate(flat, axis=axis)

    exact.self_check.cache_clear()
    monkeypatch.setattr(exact, "np", Numpy())
    try:
        with pytest.raises(exact.ReductionOrderError):
            exact.self_check()
    finally:
        exact.self_check.cache_clear()


def test_the_self_check_passes_here():
    exact.self_check.cache_clear()
    exact.self_check()


def test_rows_shared_with_a_second_thread_fold_the_same():
    generator = np.random.default_rng(5)
    matrix, vector = generator.standard_normal((517, 300)), generator.standard_normal(300)
    matrix[3, 7], matrix[400, 2] = np.inf, np.nan
    folded = exact.matvec(matrix, vector)
    for row in (0, 3, 257, 258, 259, 400, 516):
        total = 0.0
        for k in range(300):
            total = total + matrix[row, k].item() * vector[k].item()
        assert np.array_equal(np.float64(total), folded[row], equal_nan=True)

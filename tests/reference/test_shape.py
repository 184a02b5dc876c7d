from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scalar import forwards as scalar
from xcheck.reference.shape import Window, format_shape, format_shapes, pool_extent, size, window_extent
from xcheck.strategies import shapes

small = st.integers(0, 9)


@given(st.sampled_from(Window), small, small, small, small)
def test_window_extent_is_the_natural_number_formula(rule, n, k, s, p):
    assert window_extent(rule, n, k, s, p) == scalar.extent(rule.value, n, k, s, p)


@pytest.mark.parametrize(
    ("rule", "n", "k", "s", "p", "extent"),
    [
        (Window.TRUNCATED, 2, 4, 1, 0, 1),
        (Window.GUARDED, 2, 4, 1, 0, 0),
        (Window.TRUNCATED, 5, 3, 0, 0, 1),
        (Window.GUARDED, 5, 3, 0, 0, 0),
        (Window.TRUNCATED, 5, 0, 1, 0, 6),
        (Window.GUARDED, 5, 0, 1, 0, 0),
        (Window.TRUNCATED, 0, 1, 1, 0, 1),
        (Window.GUARDED, 0, 1, 1, 0, 0),
        (Window.TRUNCATED, 7, 3, 2, 2, 5),
        (Window.GUARDED, 7, 3, 2, 2, 5),
    ],
)
def test_window_extent_at_the_edges(rule, n, k, s, p, extent):
    assert window_extent(rule, n, k, s, p) == extent


@given(small, st.integers(1, 9), st.integers(1, 9), small)
def test_pool_extent_is_empty_for_padding_above_half_the_kernel(n, k, s, p):
    limited = pool_extent(Window.GUARDED, True, n, k, s, p)
    if n == 0 or p > k // 2:
        assert limited == 0
    else:
        assert limited == scalar.extent("guarded", n, k, s, p)
    assert pool_extent(Window.GUARDED, False, n, k, s, p) == scalar.extent("guarded", n, k, s, p)


@given(shapes())
def test_size_is_the_product(shape):
    assert size(shape) == scalar.count(shape)


def test_shapes_print_as_the_format_writes_them():
    assert format_shape(()) == "[]"
    assert format_shape((2, 0, 3)) == "[2, 0, 3]"
    assert format_shapes(((8, 4), (8,), ())) == "[[8, 4], [8], []]"

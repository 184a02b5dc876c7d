from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scalar.bits import bits, number
from xcheck.compare.tensors import same, tensor_difference
from xcheck.compare.ulp import differing, float_of, is_nan, ulp_distance
from xcheck.strategies import float_bits, shapes, tensors
from xcheck.tensor import Tensor

NAN = 0x7FF8000000000000


def array(*words):
    return np.array(words, np.uint64)


@given(float_bits(), float_bits())
def test_the_distance_is_symmetric(x, y):
    assert ulp_distance(x, y) == ulp_distance(y, x)


@given(float_bits(finite=True))
def test_a_value_is_at_no_distance_from_itself(x):
    assert ulp_distance(x, x) == 0


@given(float_bits())
def test_what_is_not_finite_has_no_distance(x):
    for other in (NAN, 0x7FF0000000000000, 0xFFF0000000000000):
        assert ulp_distance(x, other) is None
    assert (ulp_distance(x, 0) is None) is not math.isfinite(number(x))


@given(float_bits(finite=True), st.sampled_from((math.inf, -math.inf)))
def test_a_neighbour_is_one_apart(x, towards):
    value = number(x)
    neighbour = math.nextafter(value, towards)
    if math.isinf(neighbour):
        assert ulp_distance(x, bits(neighbour)) is None
    elif value == 0.0:
        # The other zero lies between where it is on the way.
        passes_zero = math.copysign(1.0, value) != math.copysign(1.0, towards)
        assert ulp_distance(x, bits(neighbour)) == 1 + passes_zero
    else:
        assert ulp_distance(x, bits(neighbour)) == 1


@given(float_bits(finite=True), float_bits(finite=True), float_bits(finite=True))
def test_distances_add_up_along_the_line(x, y, z):
    low, middle, high = sorted((x, y, z), key=lambda w: (number(w), not w >> 63))
    assert ulp_distance(low, middle) + ulp_distance(middle, high) == ulp_distance(low, high)


def test_the_zeros_are_neighbours_and_different():
    assert ulp_distance(0, 1 << 63) == 1
    assert differing(array(0), array(1 << 63)).tolist() == [0]


def test_the_whole_line():
    largest = 0x7FEFFFFFFFFFFFFF
    assert ulp_distance(largest, largest | 1 << 63) == 2 * largest + 1


@given(st.lists(st.tuples(float_bits(), float_bits()), max_size=30))
def test_differing_is_bits_with_nan_as_a_class(pairs):
    left, right = array(*(p[0] for p in pairs)), array(*(p[1] for p in pairs))
    expected = [k for k, (x, y) in enumerate(pairs) if bits(number(x)) != bits(number(y))]
    assert differing(left, right).tolist() == expected
    assert is_nan(left).tolist() == [number(x) != number(x) for x, _ in pairs]


def test_differing_across_its_blocks():
    left = np.zeros(200_000, np.uint64)
    right = left.copy()
    places = [0, 65_535, 65_536, 131_071, 199_999]
    right[places] = 1
    assert differing(left, right).tolist() == places


@given(float_bits())
def test_float_of_keeps_bits(word):
    assert bits(float_of(word)) == bits(number(word))


@given(shapes(max_rank=3).flatmap(lambda shape: st.tuples(tensors(shape), tensors(shape))))
def test_a_difference_counts_every_element(pair):
    lean, other = pair
    lean_values, other_values = (t.values.reshape(-1).tolist() for t in pair)
    wrong = [k for k, (x, y) in enumerate(zip(lean_values, other_values, strict=True)) if bits(x) != bits(y)]
    difference = tensor_difference(lean, other)
    assert same(lean, other.values) is (not wrong)
    if not wrong:
        assert difference is None
        return
    distances = [ulp_distance(int(lean.bits[k]), int(other.bits[k])) for k in wrong]
    assert difference.differing == len(wrong)
    assert difference.total == lean.bits.size
    assert difference.max_ulp == max((d for d in distances if d is not None), default=None)
    assert difference.not_finite == distances.count(None)
    assert len(difference.first) == min(20, len(wrong))
    for element, k, distance in zip(difference.first, wrong, distances, strict=False):
        assert int(np.ravel_multi_index(element.coordinate, lean.shape)) == k if lean.shape else k == 0
        assert (element.lean, element.reference) == (f"{int(lean.bits[k]):016x}", f"{int(other.bits[k]):016x}")
        assert element.ulp == distance


@pytest.mark.parametrize("payload", [0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000001, 0xFFFFFFFFFFFFFFFF])
def test_any_nan_is_leans_nan(payload):
    lean = Tensor((1,), array(NAN))
    assert same(lean, Tensor((1,), array(payload)).values)
    assert not same(lean, Tensor((1,), array(0x7FF0000000000000)).values)


def test_the_same_bits_in_another_shape_are_not_the_same():
    assert not same(Tensor((2, 1), array(1, 2)), Tensor((1, 2), array(1, 2)).values)

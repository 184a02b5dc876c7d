"""The regularities of differing places, their picture, and the map of both sides for a page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcheck.compare.cells import element_map
from xcheck.compare.patterns import pattern, picture
from xcheck.compare.ulp import ulp_distance
from xcheck.tensor import Tensor


def places(*coordinates, shape):
    return np.array(sorted(int(np.ravel_multi_index(at, shape)) for at in coordinates), np.intp)


@pytest.mark.parametrize(
    ("where", "shape", "said"),
    [
        (range(6), (2, 3), "every element differs"),
        ([0], (), None),
        ([3, 4, 5], (2, 3), "all of row 1 and nothing else"),
        ([1, 4], (2, 3), "all of column 1 and nothing else"),
        ([4, 5, 6, 7], (3, 2, 2), "all of channel 1 and nothing else"),
        ([0, 1, 4, 5, 8, 9], (5, 2), "every 2nd row from 0 on"),
        ([1, 2, 3, 5, 6, 7], (3, 3), "everything but the diagonal"),
        ([0, 4, 8], (3, 3), "the diagonal and nothing else"),
        ([0, 1, 2, 3, 5, 6, 7, 8], (1, 3, 3), "the border of every channel and nothing else"),
        ([7, 8, 9], (10,), "the tail: element 7 of 10 and all after it"),
        ([0, 1, 2], (10,), "the head: the first 3 of 10 elements"),
        ([3, 4, 5], (10,), "one run: elements 3 to 5 of 10"),
        ([1, 4, 7], (9,), "every 3rd element, starting at 1"),
        ([11, 22], (40,), None),
        ([3, 5, 7, 9], (40,), "every 2nd element from 3 on up to 9"),
        ([20, 31, 42], (50,), "every 11th element from 20 on"),
        ([0, 1, 5, 9], (10,), None),
        ([2], (10,), None),
    ],
)
def test_patterns(where, shape, said):
    assert pattern(np.array(list(where), np.intp), shape) == said


def test_the_picture_has_a_line_for_each_row():
    assert picture(places((0, 1), (2, 3), shape=(3, 4)), (3, 4)) == (".#..", "....", "...#")
    assert picture(np.array([65]), (70,)) == ("." * 64, ".#....")
    assert picture(np.array([0]), ()) == ()
    assert picture(np.arange(4), (4,)) == ()


def test_a_large_tensor_is_drawn_in_blocks():
    drawn = picture(np.arange(256), (64, 128))
    assert len(drawn) == 16
    assert drawn[0] == "+" * 64
    assert set(drawn[1]) == {"."}
    assert picture(np.arange(512), (64, 128))[0] == "#" * 64


shapes = st.one_of(
    st.just(()),
    st.tuples(st.integers(1, 300)),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)),
)


@given(shapes, st.randoms(use_true_random=False))
def test_every_differing_element_is_found_in_the_map(shape, random):
    count = int(np.prod(shape, dtype=np.int64))
    rng = np.random.default_rng(random.randrange(2**32))
    reference = Tensor.of(rng.standard_normal(shape))
    bits = reference.bits.copy()
    touched = {random.randrange(count): random.choice([1, 1 << 40, 1 << 63]) for _ in range(3)}
    for place, mask in touched.items():
        bits[place] ^= np.uint64(mask)
    lean = Tensor(shape, bits)
    cells = element_map(lean, reference)
    shown, ours = (np.frombuffer(side, "<u8") for side in (cells.lean, cells.reference))
    numbers = np.frombuffer(cells.places, "<u8") if cells.places else np.arange(count)
    assert shown.size == ours.size == numbers.size <= cells.rows * cells.columns <= 64 * 64
    assert np.array_equal(shown, lean.bits[numbers.astype(int)])
    assert np.array_equal(ours, reference.bits[numbers.astype(int)])
    assert sum(cells.counts or (shown != ours)) == len(touched) == sum(cells.histogram)
    worst = max(ulp_distance(int(lean.bits[p]), int(reference.bits[p])) for p in touched)
    assert cells.histogram[worst.bit_length()] > 0
    assert not any(cells.histogram[worst.bit_length() + 1 :])
    top = max(range(shown.size), key=lambda c: ulp_distance(int(shown[c]), int(ours[c])))
    assert ulp_distance(int(shown[top]), int(ours[top])) == worst


def test_pairs_without_a_distance_are_counted_apart():
    cells = element_map(*(Tensor.of(np.array(v)) for v in ([1.0, np.nan, np.inf, np.nan], [1.0, 2.0, 3.0, np.nan])))
    assert cells.histogram[0] == sum(cells.histogram) == 2

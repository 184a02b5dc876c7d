"""Fused multiply-add: one rounding, for every triple of floats."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.scalar.bits import bits
from xcheck.compare.restated.fused import multiply_add

floats = st.floats(allow_nan=True, allow_infinity=True)
moderate = st.floats(min_value=-1e6, max_value=1e6)


def fused(a, b, c):
    return float(multiply_add(*(np.array([v]) for v in (a, b, c)))[0])


def exactly(a, b, c):
    if not all(map(math.isfinite, (a, b, c))):
        return a * b + c
    total = Fraction(a) * Fraction(b) + Fraction(c)
    if total == 0:
        return a * b + c
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


@given(floats, floats, floats)
@example(1.0 + 2**-52, 1.0 - 2**-52, -1.0)
@example(0.1, 10.0, -1.0)
@example(5e-324, 0.5, 0.0)
@example(1e308, 10.0, -math.inf)
@example(2.0**600, 2.0**600, -(2.0**1023))
@example(-0.0, 5.0, 0.0)
@example(1e-200, 1e-200, -1e-320)
def test_any_three_floats(a, b, c):
    assert bits(fused(a, b, c)) == bits(exactly(a, b, c))


@given(moderate, moderate, moderate)
def test_moderate_floats(a, b, c):
    assert bits(fused(a, b, c)) == bits(exactly(a, b, c))


def test_many_at_once_are_the_c_librarys():
    name = ctypes.util.find_library("m")
    if name is None:
        pytest.skip("no C math library to compare with")
    fma = ctypes.CDLL(name).fma
    fma.restype, fma.argtypes = ctypes.c_double, [ctypes.c_double] * 3
    rng = np.random.default_rng(7)
    a, b = rng.standard_normal((2, 20_000))
    # Near cancellation is where one rounding and two differ most.
    c = -(a * b) * rng.choice([1.0, 1.0 + 2**-50, 2.0, 0.0], a.size)
    ours = multiply_add(a, b, c)
    each = [bits(fma(*three)) for three in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)]
    assert [bits(v) for v in ours.tolist()] == each
    assert not np.array_equal(ours, a * b + c)

"""Fused multiply-add of binary64 arrays, rounded once, whatever the machine and the Python have.

The product and the sums are split without error and the last addition is made exact by rounding to odd first
(S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Transactions on Computers 57, 2008).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from xcheck.tensor import F64

_SPLITTER: Final = 134217729.0  # 2**27 + 1
_LARGE: Final = 2.0**480
_SMALL: Final = 2.0**-480


def multiply_add(a: F64, b: F64, c: F64) -> F64:
    """`a * b + c` with one rounding; the arrays broadcast."""
    a, b, c = np.broadcast_arrays(a, b, c)
    with np.errstate(all="ignore"):
        plain = a * b + c
        product, product_rest = _product(a, b)
        first, first_rest = _sum(c, product_rest)
        second, second_rest = _sum(product, first)
        fused: F64 = second + _to_odd(first_rest, second_rest)
        sizes = np.abs(a), np.abs(b), np.abs(c)
        # A zero factor makes the plain sum exact, and where something is not finite nothing is rounded.
        simple = (a == 0.0) | (b == 0.0) | ~np.isfinite(a) | ~np.isfinite(b) | ~np.isfinite(c)
        safe = np.ones(plain.shape, np.bool_)
        for size in sizes:
            safe &= (size < _LARGE) & ((size > _SMALL) | (size == 0.0))
        out = np.where(simple, plain, fused)
        hard = np.flatnonzero(~(simple | safe))
    flat = out.reshape(-1)
    for place in hard.tolist():
        flat[place] = _exactly(float(a.flat[place]), float(b.flat[place]), float(c.flat[place]))
    return flat.reshape(out.shape)


def _sum(a: F64, b: F64) -> tuple[F64, F64]:
    total = a + b
    other = total - a
    return total, (a - (total - other)) + (b - other)


def _product(a: F64, b: F64) -> tuple[F64, F64]:
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    rest = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, rest


def _halves(a: F64) -> tuple[F64, F64]:
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def _to_odd(a: F64, b: F64) -> F64:
    """`a + b`; where that is inexact, the neighbour with an odd last bit."""
    total, rest = _sum(a, b)
    bits = np.ascontiguousarray(total).view(np.int64)
    even = (rest != 0.0) & ((bits & 1) == 0)
    outward = (rest > 0.0) == (total > 0.0)
    moved: F64 = np.where(even, np.where(outward, bits + 1, bits - 1), bits).view(np.float64)
    return moved


def _exactly(a: float, b: float, c: float) -> float:
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c
    try:
        return float(exact)
    except OverflowError:
        return float("inf") if exact > 0 else float("-inf")

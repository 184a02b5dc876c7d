"""Rounding other than binary64's."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

from tests.scalar.bits import bits, number


def binary32(x: float) -> float:
    """The nearest binary32 number, as a float."""
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)


def fused(x: float, y: float, z: float) -> float:
    """`x * y + z` rounded once."""
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        return x * y + z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if exact == 0:
        # Zeros alone, or an exact cancellation: the sign is that of the separate operations, which round nothing.
        return x * y + z if x == 0.0 or y == 0.0 else 0.0
    try:
        return exact.numerator / exact.denominator
    except OverflowError:
        return math.copysign(math.inf, exact.numerator)


def ulps(x: float, by: int) -> float:
    """The number `by` steps further from zero (nearer where negative)."""
    return number(bits(x) + by)

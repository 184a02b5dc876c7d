"""Floats as bits, and IEEE operations where Python raises instead."""

from __future__ import annotations

import math
import struct

CANONICAL_NAN = 0x7FF8000000000000


def bits(value: float) -> int:
    """The 64 bits of a float; every NaN is the canonical one."""
    return CANONICAL_NAN if value != value else struct.unpack("<Q", struct.pack("<d", value))[0]


def number(word: int) -> float:
    """The float of 64 bits."""
    return struct.unpack("<d", struct.pack("<Q", word))[0]


def divide(x: float, y: float) -> float:
    """C's division."""
    if y != 0.0 or x != x:
        return x / y if y != 0.0 else math.nan
    if x == 0.0:
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def exp(x: float) -> float:
    """C's exp."""
    return math.inf if x > 709.782712893384 else math.exp(x)


def log(x: float) -> float:
    """C's log."""
    if x == 0.0:
        return -math.inf
    return math.nan if x < 0.0 else math.log(x)


def maximum(x: float, y: float) -> float:
    """Lean's max."""
    return y if x <= y else x


def hexes(values) -> list[str]:
    """Bits as 16 hex digits each, for assertions that read well."""
    return [f"{bits(value):016x}" for value in values]

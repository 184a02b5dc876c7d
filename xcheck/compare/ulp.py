"""Comparing bits: equality with NaN as a class, and distances in units in the last place."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

from xcheck.tensor import Bits

_SIGN_BIT: Final = np.uint64(1 << 63)
_MAGNITUDE: Final = np.uint64((1 << 63) - 1)
_INFINITE: Final = np.uint64(0x7FF0000000000000)
_BLOCK: Final = 1 << 16


def float_of(bits: int) -> float:
    """The binary64 value of these 64 bits."""
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


def is_nan(bits: Bits) -> npt.NDArray[np.bool_]:
    """Which elements are NaN."""
    return (bits & _MAGNITUDE) > _INFINITE


def differing(left: Bits, right: Bits) -> npt.NDArray[np.intp]:
    """The flat indices where two bit arrays of the same length differ; two NaNs never do.

    Raises `ValueError` for another length: an empty side would otherwise differ from nothing.
    """
    if left.size != right.size:
        raise ValueError(f"{left.size} elements cannot be compared with {right.size}")
    found: list[npt.NDArray[np.intp]] = []
    for start in range(0, left.size, _BLOCK):
        a, b = left[start : start + _BLOCK], right[start : start + _BLOCK]
        unequal = a != b
        if unequal.any():
            unequal &= ~(is_nan(a) & is_nan(b))
            found.append(np.flatnonzero(unequal) + start)
    return np.concatenate(found) if found else np.empty(0, np.intp)


def ulp_distances(left: Bits, right: Bits) -> tuple[Bits, npt.NDArray[np.bool_]]:
    """How many representable values apart each pair is, and for which pairs that means anything.

    Both inputs and the first output are `uint64`. A pair with a NaN or an infinity has no distance. The two zeros are
    neighbours, 1 apart.
    """
    low, high = _ordered(left), _ordered(right)
    distance = np.where(low < high, high - low, low - high)
    finite = ((left & _MAGNITUDE) < _INFINITE) & ((right & _MAGNITUDE) < _INFINITE)
    return distance, finite


def ulp_distance(left: int, right: int) -> int | None:
    """The distance of one pair, None where a NaN or an infinity is involved."""
    distance, finite = ulp_distances(np.array([left], np.uint64), np.array([right], np.uint64))
    return int(distance[0]) if finite[0] else None


def _ordered(bits: Bits) -> Bits:
    """Unsigned keys in the order of the floats, -0.0 just below +0.0."""
    return np.where(bits >= _SIGN_BIT, ~bits, bits | _SIGN_BIT)

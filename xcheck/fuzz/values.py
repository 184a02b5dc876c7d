"""Bytes as tensors: each byte chooses a value from a table, simplest first, so that smaller bytes mean simpler values.

One draw of bytes for all tensors of a case is what keeps generating fast and shrinking simple.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import cache
from typing import Final

import numpy as np

from xcheck.reference.shape import size
from xcheck.tensor import Bits, Shape, Tensor


class Palette(IntEnum):
    """Which values a case may hold, from everyday ones to every special one."""

    EVERYDAY = 0
    TIES = 1
    SPECIAL = 2
    EXTREME = 3


_PLAIN: Final = (0.0, 1.0, -1.0, 2.0, 0.5, -2.0, -0.5, 3.0, -3.0, 0.25)
_SPECIAL_BITS: Final = (
    0x8000000000000000,  # -0.0
    0x7FF8000000000000,  # the NaN that Lean writes
    0x7FF0000000000000,  # the infinities
    0xFFF0000000000000,
    0x0000000000000001,  # the smallest subnormals, the largest one, the smallest normal
    0x8000000000000001,
    0x000FFFFFFFFFFFFF,
    0x0010000000000000,
    0x7FEFFFFFFFFFFFFF,  # the largest finite ones
    0xFFEFFFFFFFFFFFFF,
    0x3FF0000000000001,  # the neighbours of 1
    0x3FEFFFFFFFFFFFFF,
    0x3CA0000000000000,  # half an ulp of 1, and one
    0x3CB0000000000000,
    0x4340000000000000,  # 2**53 and the next, where ties of rounding begin
    0x4340000000000001,
    0x40862E42FEFA39EF,  # both ends of C's exp
    0xC0874910D52D3051,
)


@cache
def table(palette: Palette) -> Bits:
    """256 values as bits; entry 0 is always +0.0."""
    everyday = list(_bits(_PLAIN)) + list(_bits(_spread(256 - len(_PLAIN))))
    match palette:
        case Palette.EVERYDAY:
            chosen = everyday
        case Palette.TIES:
            # Few values, many times: equal maxima, and zeros of both signs among them.
            few = _bits((0.0, 1.0, -1.0, 0.5, -0.0))
            chosen = [few[k % len(few)] for k in range(256)]
        case Palette.SPECIAL:
            # Every fourth value is a special one, so that most of a tensor stays finite.
            chosen = everyday.copy()
            for k in range(3, 256, 4):
                chosen[k] = _SPECIAL_BITS[(k // 4) % len(_SPECIAL_BITS)]
        case Palette.EXTREME:
            powers = [math.ldexp(1.0 + k / 256.0, 9 * k % 2000 - 1000) * (-1) ** k for k in range(256)]
            chosen = [0, *_bits(powers[1:])]
    return np.array(chosen, np.uint64)


def special_bytes(data: bytes) -> bytes:
    """The same bytes with every second one choosing a special value of `Palette.SPECIAL`, each in its turn."""
    return bytes(byte if place % 2 else 3 + 4 * (place // 2 % len(_SPECIAL_BITS)) for place, byte in enumerate(data))


def _spread(count: int) -> Iterable[float]:
    """Values with full mantissas on both sides of zero, the largest about 4: rounding shows in every sum of them."""
    for k in range(count):
        yield math.sin(1.0 + k) * (1.0 + k % 4)


def _bits(values: Iterable[float]) -> list[int]:
    return [int(bits) for bits in np.array(list(values), np.float64).view(np.uint64)]


def tensors_of(data: bytes, shapes: Sequence[Shape], palette: Palette) -> tuple[Tensor, ...]:
    """One tensor for each shape, out of one byte for each element."""
    chosen = table(palette)[np.frombuffer(data, np.uint8)]
    found: list[Tensor] = []
    start = 0
    for shape in shapes:
        stop = start + size(shape)
        found.append(Tensor(shape, chosen[start:stop].copy()))
        start = stop
    return tuple(found)

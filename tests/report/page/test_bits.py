"""The page writes binary64 values as Python does, from their bits and never through a JavaScript number."""

from __future__ import annotations

import random

import numpy as np

from tests.report.page.samples import planted_page
from xcheck.compare.ulp import float_of, ulp_distance

_SPECIAL = [
    0,
    1 << 63,
    1,
    (1 << 63) | 1,
    0x000FFFFFFFFFFFFF,
    0x0010000000000000,
    0x3FF0000000000000,
    0x3FF0000000000001,
    0x7FEFFFFFFFFFFFFF,
    0x7FF0000000000000,
    0xFFF0000000000000,
    0x7FF8000000000000,
    0x7FF0000000000001,
    0xFFF8DEADBEEF0001,
    2**64 - 1,
]


def _bits() -> list[int]:
    chosen = random.Random(1)
    return _SPECIAL + [chosen.getrandbits(64) for _ in range(300)] + [chosen.getrandbits(52) for _ in range(50)]


def test_values_are_written_as_python_writes_them(opened) -> None:
    page = opened(planted_page())
    bits = _bits()
    written = page.evaluate(
        "all => all.map(BigInt).map(b => [xcheck.bits.hex(b), xcheck.bits.hexFloat(b), xcheck.bits.decimal(b)])",
        [hex(value) for value in bits],
    )
    for value, (digits, hex_float, decimal) in zip(bits, written, strict=True):
        number = float_of(value)
        assert digits == f"0x{value:016x}"
        assert hex_float == number.hex()
        assert decimal == "NaN" if np.isnan(number) else float(decimal).hex() == number.hex()


def test_distances_are_those_of_the_comparison(opened) -> None:
    page = opened(planted_page())
    bits = _bits()
    pairs = list(zip(bits, bits[1:] + bits[:1], strict=True)) + [(value, value ^ 1) for value in bits]
    measured = page.evaluate(
        """pairs => pairs.map(([a, b]) => [BigInt(a), BigInt(b)]).map(([a, b]) => {
            const distance = xcheck.bits.ulp(a, b);
            return [distance === null ? null : String(distance), xcheck.bits.same(a, b)];
        })""",
        [[hex(a), hex(b)] for a, b in pairs],
    )
    for (a, b), (distance, same) in zip(pairs, measured, strict=True):
        wanted = ulp_distance(a, b)
        assert distance == (None if wanted is None else str(wanted))
        assert same == (a == b or bool(np.isnan(float_of(a)) and np.isnan(float_of(b))))

"""What the differing bits of two tensors say by themselves: one small rule for each observation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from xcheck.compare.result import TensorDifference
from xcheck.compare.ulp import differing
from xcheck.tensor import Tensor

Rule: TypeAlias = Callable[[Tensor, Tensor, TensorDifference], str | None]

_ROUNDING: Final = 8

# What observations start with or say, so that others can tell them apart.
ALTERED: Final = "altered after the run"
ONE_BIT: Final = "exactly one bit of one value differs"
EXCHANGED: Final = "are exchanged"
ANOTHER_ORDER: Final = "both sides have the same values in another order"
ZERO_SIGNS: Final = "only the signs of zeros differ"


def explain_bits(lean: Tensor, reference: Tensor, difference: TensorDifference) -> tuple[str, ...]:
    """What the pattern of differing bits says, by each rule that applies."""
    return tuple(said for rule in _RULES if (said := rule(lean, reference, difference)) is not None)


def explain_rounding(difference: TensorDifference, libm: tuple[str, ...]) -> str | None:
    """What it means when only last bits differ, for a layer that reaches these C functions."""
    if difference.max_ulp is None or difference.not_finite or difference.max_ulp > _ROUNDING:
        return None
    library = f", or another C library's {', '.join(libm)}" if libm else ""
    return f"only last bits differ: another operation order{library}"


def _one_bit(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    if difference.differing != 1:
        return None
    element = difference.first[0]
    changed = int(element.lean, 16) ^ int(element.reference, 16)
    if changed.bit_count() != 1:
        return None
    bit = changed.bit_length() - 1
    part = "the sign" if bit == 63 else "the exponent" if bit >= 52 else "the fraction"
    return f"{ONE_BIT}: bit {bit}, in {part}"


def _exchanged(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    if difference.differing != 2:
        return None
    one, two = difference.first
    if (one.lean, two.lean) != (two.reference, one.reference):
        return None
    return f"the values at {list(one.coordinate)} and {list(two.coordinate)} {EXCHANGED}"


def _reordered(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    if difference.differing <= 2 or not np.array_equal(np.sort(lean.bits), np.sort(reference.bits)):
        return None
    return ANOTHER_ORDER


def _zero_signs(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    where = differing(lean.bits, reference.bits)
    magnitudes = (lean.bits[where] | reference.bits[where]) << np.uint64(1)
    return ZERO_SIGNS if not magnitudes.any() else None


_RULES: Final[tuple[Rule, ...]] = (_one_bit, _exchanged, _reordered, _zero_signs)

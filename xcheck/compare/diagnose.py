"""Why two tensors differ: one small rule for each explanation, tried only where something already failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from xcheck.compare.result import TensorDifference
from xcheck.compare.tensors import same
from xcheck.compare.ulp import differing
from xcheck.reference.initialise import UnknownSchemeError
from xcheck.reference.operation import NotComparableError
from xcheck.reference.profile import PROFILES, Profile, axis_value, variants
from xcheck.reference.signature import SignatureError
from xcheck.tensor import F64, Tensor

Recompute: TypeAlias = Callable[[Profile], F64]
Rule: TypeAlias = Callable[[Tensor, Tensor, TensorDifference], str | None]

_ROUNDING: Final = 8


def explain_bits(lean: Tensor, reference: Tensor, difference: TensorDifference) -> tuple[str, ...]:
    """What the pattern of differing bits says, by each rule that applies."""
    return tuple(said for rule in _RULES if (said := rule(lean, reference, difference)) is not None)


def explain_rounding(difference: TensorDifference, libm: tuple[str, ...]) -> str | None:
    """What it means when only last bits differ, for a layer that reaches these C functions."""
    if difference.max_ulp is None or difference.not_finite or difference.max_ulp > _ROUNDING:
        return None
    library = f", or another C library's {', '.join(libm)}" if libm else ""
    return f"only last bits differ: another operation order{library}"


def explain_axis(lean: Tensor, profile: Profile, recompute: Recompute) -> str | None:
    """The one axis whose other value, or else the one profile, that makes the reference give exactly Lean's tensor."""
    for axis, variant in variants(profile):
        if _gives(lean, variant, recompute):
            return (
                f"explained by {axis.field}: Lean's values are those of {axis_value(variant, axis)}, "
                f"{profile.name} has {axis_value(profile, axis)} ({axis.source})"
            )
    for other in PROFILES:
        if other != profile and _gives(lean, other, recompute):
            return f"explained by profile {other.name}: Lean's values are exactly that profile's"
    return None


def _gives(lean: Tensor, profile: Profile, recompute: Recompute) -> bool:
    try:
        return same(lean, recompute(profile))
    except (NotComparableError, SignatureError, UnknownSchemeError):
        return False


def explain_index(lean: Tensor, index: int, recompute: Callable[[int], F64]) -> str | None:
    """Another occurrence index whose initial values are exactly Lean's, if there is one nearby."""
    for other in range(max(0, index - 8), index + 9):
        if other != index and same(lean, recompute(other)):
            return f"these are the initial values for occurrence index {other}; this layer's is {index}"
    return None


def _one_bit(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    if difference.differing != 1:
        return None
    element = difference.first[0]
    changed = int(element.lean, 16) ^ int(element.reference, 16)
    if changed.bit_count() != 1:
        return None
    bit = changed.bit_length() - 1
    part = "the sign" if bit == 63 else "the exponent" if bit >= 52 else "the fraction"
    return f"exactly one bit of one value differs: bit {bit}, in {part}"


def _exchanged(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    if difference.differing != 2:
        return None
    one, two = difference.first
    if (one.lean, two.lean) != (two.reference, one.reference):
        return None
    return f"the values at {list(one.coordinate)} and {list(two.coordinate)} are exchanged"


def _reordered(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    if difference.differing <= 2 or not np.array_equal(np.sort(lean.bits), np.sort(reference.bits)):
        return None
    return "both sides have the same values in another order"


def _zero_signs(lean: Tensor, reference: Tensor, difference: TensorDifference) -> str | None:
    where = differing(lean.bits, reference.bits)
    magnitudes = (lean.bits[where] | reference.bits[where]) << np.uint64(1)
    return "only the signs of zeros differ" if not magnitudes.any() else None


_RULES: Final[tuple[Rule, ...]] = (_one_bit, _exchanged, _reordered, _zero_signs)

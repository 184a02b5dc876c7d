"""Two tensors, element by element."""

from __future__ import annotations

import numpy as np

from xcheck.compare.cells import element_map
from xcheck.compare.patterns import pattern, picture
from xcheck.compare.policy import Policy
from xcheck.compare.result import FIRST_SHOWN, Element, Finding, TensorDifference
from xcheck.compare.ulp import differing, ulp_distances
from xcheck.reference.shape import format_shape
from xcheck.tensor import F64, Tensor


def tensor_difference(lean: Tensor, reference: Tensor, *, maps: bool = False) -> TensorDifference | None:
    """Where two tensors of the same shape differ, None where they are the same bits (any NaN equals any NaN).

    With `maps` the difference carries its element map.
    """
    where = differing(lean.bits, reference.bits)
    if where.size == 0:
        return None
    distances, finite = ulp_distances(lean.bits[where], reference.bits[where])
    first = tuple(
        Element(
            tuple(int(axis) for axis in np.unravel_index(place, lean.shape)) if lean.shape else (),
            f"{int(lean.bits[place]):016x}",
            f"{int(reference.bits[place]):016x}",
            int(distances[rank]) if finite[rank] else None,
        )
        for rank, place in enumerate(where[:FIRST_SHOWN].tolist())
    )
    measured = distances[finite]
    return TensorDifference(
        lean.shape,
        int(where.size),
        int(lean.bits.size),
        int(measured.max()) if measured.size else None,
        int(where.size - measured.size),
        first,
        pattern(where, lean.shape),
        picture(where, lean.shape),
        element_map(lean, reference) if maps else None,
    )


def same(lean: Tensor, values: F64) -> bool:
    """Whether a computed array is Lean's tensor, shape and bits."""
    reference = Tensor.of(values)
    return lean.shape == reference.shape and differing(lean.bits, reference.bits).size == 0


def tensor_finding(
    what: str, lean: Tensor, values: F64, policy: Policy, libm: tuple[str, ...]
) -> tuple[Finding | None, str | None]:
    """The finding for one tensor, or the policy rule that admitted its differences, or neither."""
    reference = Tensor.of(values)
    if lean.shape != reference.shape:
        return Finding(f"{what} shape", format_shape(lean.shape), format_shape(reference.shape)), None
    difference = tensor_difference(lean, reference, maps=policy.maps)
    if difference is None:
        return None, None
    rule = policy.admits(libm, difference)
    if rule is not None:
        return None, str(rule)
    return difference_finding(what, difference), None


def difference_finding(what: str, difference: TensorDifference) -> Finding:
    """A finding that shows the first differing element on both sides."""
    first = difference.first[0]
    return Finding(what, f"0x{first.lean}", f"0x{first.reference}", elements=difference)

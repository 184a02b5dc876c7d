"""`softmax`: over the last axis (`Graph`) or a given axis (`Chain`).

Per slice: `m` = running maximum, `e_j = exp(x_j - m)`, `d` = fold of e, `y_j = e_j / d`. An empty slice is unchanged;
a scalar gives 1. The `Graph` primitive builds its layer without a kind, so its label is `Layer`.
Source: `NN/Spec/Layers/Activation.lean` @82bea12, @b2a2184, @3447b74; label `NN/GraphSpec/Core.lean` @b2a2184.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference import exact
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.primitives.base import AttributeValue, Primitive
from xcheck.reference.profile import Kinds, Profile, Surface
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Softmax(Primitive):
    """`axis` is None where the surface has none: the last axis in a `Graph`, unknown geometry in a `Chain`."""

    axis: int | None = None

    libm: ClassVar[tuple[str, ...]] = ("exp",)

    @property
    def name(self) -> str:
        return "softmax"

    def attributes(self) -> dict[str, AttributeValue]:
        return {} if self.axis is None else {"axis": self.axis}

    def available(self, profile: Profile) -> bool:
        return self.axis is None or profile.surface is Surface.CHAIN

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if self.axis is not None and self.axis >= len(input_shape):
            raise SignatureError(f"softmax over axis {self.axis} of {format_shape(input_shape)}: no such axis")
        return Signature((), input_shape, input_shape)

    def kind(self, profile: Profile) -> str | None:
        return {Kinds.NONE: None, Kinds.GRAPH: "Layer", Kinds.CHAIN: "Softmax"}[profile.kinds]

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if self.axis is None and run.profile.surface is Surface.CHAIN:
            raise NotComparableError("the export does not give the softmax axis")
        return softmax_along(x, -1 if self.axis is None else self.axis)


def softmax_along(x: F64, axis: int) -> F64:
    """Softmax of a `float64` array along one axis; a scalar gives 1, an empty axis is unchanged."""
    if x.ndim == 0:
        return np.ones((), np.float64)
    if x.size == 0:
        return x
    slices = np.moveaxis(x, axis, 0)
    with np.errstate(all="ignore"):
        shifted = exact.exp(slices - exact.fold_max(slices))
        return np.ascontiguousarray(np.moveaxis(shifted / exact.fold_sum(shifted), 0, axis))

"""`softmax` over the last axis; in a `Chain`, `softmax` and `logSoftmax` over a given axis.

Source: `NN/Runtime/Autograd/TorchLean/NN/Activations.lean` @b2a2184,
`NN/Runtime/Autograd/Model/Layers/Activations.lean` @3447b74; forward `NN/Spec/Layers/Activation.lean` @82bea12,
@3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference import exact
from xcheck.reference.layers.base import Elementwise
from xcheck.reference.operation import Run
from xcheck.reference.primitives.softmax import softmax_along
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Softmax(Elementwise):
    """Over the last axis, or over `axis` where the builder takes one; a scalar gives 1."""

    axis: int | None = None

    label: ClassVar[str] = "Softmax"
    libm: ClassVar[tuple[str, ...]] = ("exp",)

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if self.axis is not None and self.axis >= len(input_shape):
            raise SignatureError(f"softmax over axis {self.axis} of {format_shape(input_shape)}: no such axis")
        return Signature((), input_shape, input_shape)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return softmax_along(x, -1 if self.axis is None else self.axis)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class LogSoftmax(Elementwise):
    """Over `axis`: `(x - m) - log(fold of exp(x - m))`; an empty slice is unchanged."""

    axis: int

    label: ClassVar[str] = "LogSoftmax"
    libm: ClassVar[tuple[str, ...]] = ("exp", "log")

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if self.axis >= len(input_shape):
            raise SignatureError(f"log-softmax over axis {self.axis} of {format_shape(input_shape)}: no such axis")
        return Signature((), input_shape, input_shape)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if x.size == 0:
            return x
        slices = np.moveaxis(x, self.axis, 0)
        with np.errstate(all="ignore"):
            shifted = slices - exact.fold_max(slices)
            logarithm = exact.log(exact.fold_sum(exact.exp(shifted)))
            return np.ascontiguousarray(np.moveaxis(shifted - logarithm, 0, self.axis))

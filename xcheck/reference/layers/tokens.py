"""Layers of single API models: `spatialToTokens` (vision transformer) and the triangular basis of a KAN.

- `spatialToTokens`: `(batch, c, *grid)` to `(batch, size(grid), c)`, a copy.
- `kanPiecewiseLinear`: `(in,)` to `(in * gridSize,)`; entry `k * in + i` is `0.0 + relu(1 - |x_i * scale - k|)`.
Source: `NN/API/Models/Vit.lean`, `NN/API/Models/KAN.lean` @b2a2184.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import clamp_at_zero
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape, size
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class SpatialToTokens(Layer):
    """Channels to the last axis, the grid to one."""

    label: ClassVar[str] = "SpatialToTokens"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if len(input_shape) < 2:
            raise SignatureError(f"SpatialToTokens takes [batch, c, ...], got {format_shape(input_shape)}")
        return Signature((), input_shape, (input_shape[0], size(input_shape[2:]), input_shape[1]))

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return np.ascontiguousarray(x.reshape(*x.shape[:2], size(x.shape[2:])).swapaxes(1, 2))


@dataclass(frozen=True, slots=True)
class KanPiecewiseLinear(Layer):
    """The scale is a natural, so it prints without decimals."""

    grid_size: int
    scale: int
    in_dim: int

    label: ClassVar[str] = "KANPiecewiseLinear"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.in_dim,), input_shape)
        return Signature((), input_shape, (self.in_dim * self.grid_size,))

    def kind_text(self, profile: Profile) -> str:
        return f"KANPiecewiseLinear(grid={self.grid_size},scale={self.scale})"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        knots = np.arange(self.grid_size, dtype=np.float64)[:, None]
        with np.errstate(all="ignore"):
            hats = clamp_at_zero(1.0 - np.abs((x * float(self.scale))[None, :] - knots))
        return (0.0 + hats).reshape(self.in_dim * self.grid_size)

"""`batchnorm_chw(...)` of a `Graph` and `batch_norm(...)` of a `Chain`: statistics of the given image, no buffers.

Per channel: `mean = (fold x) / n`, `var = max((fold (x - mean)^2) / n, 0)`,
`y = (((x - mean) / sqrt(max(var + eps, 0))) * gamma) + beta`. The variance is biased; mode is ignored.
Source: `NN/Spec/Layers/Normalization.lean` @82bea12, `Normalization/BatchNorm.lean` @b2a2184, @a351909, @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import clamp_at_zero, fold_last
from xcheck.reference.initialise import Initial, Ones, Zeros
from xcheck.reference.operation import Run
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Kinds, Profile, Surface
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


def normalise_channels(x: F64, gamma: F64, beta: F64, eps: float) -> F64:
    """Batch norm of `(c, *spatial)` by each channel's own statistics; `gamma` and `beta` are `(c,)`."""
    rows = x.reshape(x.shape[0], -1) if x.size else np.zeros((x.shape[0], 0), np.float64)
    if rows.size == 0:
        return x
    count = float(rows.shape[1])
    with np.errstate(all="ignore"):
        centred = rows - (fold_last(rows) / count)[:, None]
        variance = clamp_at_zero(fold_last(centred * centred) / count)
        deviation = np.sqrt(clamp_at_zero(variance + eps))
        return ((centred / deviation[:, None]) * gamma[:, None] + beta[:, None]).reshape(x.shape)


def _initial(channels: int, index: int) -> tuple[Initial, ...]:
    return Initial((channels,), Ones(), 2 * index), Initial((channels,), Zeros(), 2 * index + 1)


@dataclass(frozen=True, slots=True)
class BatchNormChw(Primitive):
    """Batch norm of a `(c, h, w)` image; gamma `(c,)`, beta `(c,)`."""

    channels: int
    height: int
    width: int

    counts: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"batchnorm_chw(c={self.channels},h={self.height},w={self.width})"

    def available(self, profile: Profile) -> bool:
        return profile.surface is not Surface.CHAIN

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        expected = (self.channels, self.height, self.width)
        if input_shape != expected:
            raise SignatureError(f"{self.name} takes {format_shape(expected)}, got {format_shape(input_shape)}")
        return Signature(((self.channels,), (self.channels,)), input_shape, input_shape)

    def kind(self, profile: Profile) -> str | None:
        return None if profile.kinds is Kinds.NONE else "BatchNorm2d"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return _initial(self.channels, index)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return normalise_channels(x, params[0], params[1], run.profile.batch_norm_eps)


@dataclass(frozen=True, slots=True)
class BatchNorm(Primitive):
    """Batch norm of `(channels, *spatial)` with spatial rank `rank`; gamma `(c,)`, beta `(c,)`."""

    channels: int
    rank: int

    counts: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"batch_norm(channels={self.channels},rank={self.rank})"

    def available(self, profile: Profile) -> bool:
        return profile.surface is Surface.CHAIN

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if len(input_shape) != 1 + self.rank or input_shape[0] != self.channels:
            axes = "".join(f", n{axis + 1}" for axis in range(self.rank))
            raise SignatureError(f"{self.name} takes [{self.channels}{axes}], got {format_shape(input_shape)}")
        return Signature(((self.channels,), (self.channels,)), input_shape, input_shape)

    def kind(self, profile: Profile) -> str | None:
        return f"BatchNorm(channels={self.channels},rank={self.rank})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return _initial(self.channels, index)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return normalise_channels(x, params[0], params[1], run.profile.batch_norm_eps)

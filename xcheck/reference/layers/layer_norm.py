"""`layerNorm`: each row of `(batch, seqLen, embedDim)` by its own statistics.

Per row: `mu = (fold x) / D`, `c = x - mu`; the variance is that of c, centred again: with `m2 = (fold c) / D` either
`((fold c * c) / D) - (m2 * m2)` (before 14bc499) or `(fold (c - m2)^2) / D`; `std = sqrt(max(max(v, 0) + eps, 0))`,
`y = ((c / std) * gamma) + beta`. gamma starts at one, beta at zero.
Source: `NN/Spec/Layers/Normalization.lean` @82bea12, `Normalization/Core.lean` @b2a2184;
`NN/Spec/Core/TensorReductionShape.lean` @82bea12 and `TensorReductionShape/Reductions.lean` @14bc499 (variance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import clamp_at_zero, fold_rows
from xcheck.reference.initialise import Initial, Ones, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile, Variance
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


def normalise_rows(profile: Profile, rows: F64, gamma: F64, beta: F64, eps: float) -> F64:
    """Layer norm of every row of `(n, width)`; `gamma` and `beta` are `(width,)`; NumPy's warnings are the caller's."""
    width = float(rows.shape[1])
    centred = rows - (fold_rows(rows) / width)[:, None]
    residue = fold_rows(centred) / width
    if profile.layer_norm_variance is Variance.MOMENTS:
        variance = (fold_rows(centred * centred) / width) - (residue * residue)
    else:
        again = centred - residue[:, None]
        variance = fold_rows(again * again) / width
    deviation = np.sqrt(clamp_at_zero(clamp_at_zero(variance) + eps))
    return ((centred / deviation[:, None]) * gamma) + beta


@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """Shape-preserving; gamma `(embedDim,)`, beta `(embedDim,)`."""

    batch: int
    length: int
    width: int
    seed_gamma: int = 0
    seed_beta: int = 0

    label: ClassVar[str] = "LayerNorm"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.batch, self.length, self.width), input_shape)
        return Signature(((self.width,), (self.width,)), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        shape = (self.width,)
        return Initial(shape, Ones(), self.seed_gamma), Initial(shape, Zeros(), self.seed_beta)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if x.size == 0:
            return x
        with np.errstate(all="ignore"):
            rows = x.reshape(-1, self.width)
            return normalise_rows(run.profile, rows, params[0], params[1], run.profile.batch_norm_eps).reshape(x.shape)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.mapped_over_batch(run, self.batch, 1)

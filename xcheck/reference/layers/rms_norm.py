"""`rmsNorm`: each row of `(batch, seqLen, embedDim)` by its root mean square.

`ms = (fold x * x) / D`. The runtime multiplies by a reciprocal: `inv = 1 / sqrt(max(max(ms, 0) + eps, 0))`,
`y = (x * inv) * gamma`. The pure semantics divide: `y = (x / sqrt(max(ms + eps, 0))) * gamma`.
gamma starts at one.
Source: `NN/Runtime/Autograd/TorchLean/Norm.lean` @82bea12, @b2a2184; `rmsNorm` in `NN/Spec/Layers/Normalization.lean`
@82bea12, `Normalization/Core.lean` @b2a2184.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import clamp_at_zero, fold_rows
from xcheck.reference.initialise import Initial, Ones
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run, Via
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class RmsNorm(Layer):
    """Shape-preserving; gamma `(embedDim,)`."""

    batch: int
    length: int
    width: int
    seed_gamma: int = 0

    label: ClassVar[str] = "RMSNorm"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.batch, self.length, self.width), input_shape)
        return Signature(((self.width,),), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return (Initial((self.width,), Ones(), self.seed_gamma),)

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if x.size == 0:
            return x
        rows = x.reshape(-1, self.width)
        return scale_rows(run, rows, params[0], run.profile.batch_norm_eps).reshape(x.shape)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.mapped_over_batch(run, self.batch, 12)


def scale_rows(run: Run, rows: F64, gamma: F64, eps: float) -> F64:
    """RMS norm of every row of `(n, width)`; `gamma` is `(width,)`."""
    with np.errstate(all="ignore"):
        square = fold_rows(rows * rows) / float(rows.shape[1])
        if run.via is Via.SPEC:
            return (rows / np.sqrt(clamp_at_zero(square + eps))[:, None]) * gamma
        inverse = 1.0 / np.sqrt(clamp_at_zero(clamp_at_zero(square) + eps))
        return (rows * inverse[:, None]) * gamma

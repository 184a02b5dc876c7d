"""Batch norm of a batch `(n, c, h, w)`: by its own statistics, or by mode with running statistics.

The batch's mean is nested: over each image's `h * w`, then over the n images; the variance likewise, of the squares
of the centred values. `inv = 1 / sqrt(max(max(v, 0) + eps, 0))`, `y = ((c * inv) * gamma) + beta`; eval mode as for
one image. The running statistics take the flat mean over `n * h * w` (n outermost) instead, so their bits differ.
Source: `NN/Runtime/Autograd/TorchLean/Norm.lean` @82bea12, @b2a2184 (forwards); `NN.lean` @82bea12,
`NN/Normalization.lean`, `NN/Core.lean` @b2a2184 (layers, statistics, update). The pure
`batchNorm` takes one image without a batch axis, so it is no counterpart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from xcheck.reference.exact import clamp_at_zero, fold_rows, fold_sum
from xcheck.reference.initialise import Initial
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.batch_norm import (
    EVAL_OPERATIONS,
    MOMENTUM,
    blend,
    flat_statistics,
    initial_state,
    normalise_given,
)
from xcheck.reference.operation import Mode, NotComparableError, Run, Via
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape

_TRAIN_OPERATIONS: Final = 21


def only_runtime(run: Run, what: str) -> None:
    """Raises `NotComparableError` for a layer that exists as a runtime composition only."""
    if run.via is Via.SPEC:
        raise NotComparableError(f"{what} is composed by the runtime; no pure operator has its layout and statistics")


def _nested_mean(x: F64) -> F64:
    """`(n, c, spatial)` to `(c,)`: the mean over space, then over n."""
    count, channels, places = x.shape
    per_image = (fold_rows(x.reshape(count * channels, places)) / float(places)).reshape(count, channels)
    return fold_sum(per_image) / float(count)


def normalise_nested(x: F64, gamma: F64, beta: F64, eps: float) -> F64:
    """Batch norm of `(n, c, spatial)` by the nested means of its own values; `gamma` and `beta` are `(c,)`."""
    with np.errstate(all="ignore"):
        centred = x - _nested_mean(x)[:, None]
        variance = clamp_at_zero(_nested_mean(centred * centred))
        inverse = 1.0 / np.sqrt(clamp_at_zero(variance + eps))
        return ((centred * inverse[:, None]) * gamma[:, None]) + beta[:, None]


@dataclass(frozen=True, slots=True)
class BatchNormBatch(Layer):
    """`batchNorm2dNchw`: the batch's own statistics in both modes; gamma `(c,)`, beta `(c,)`."""

    count: int
    channels: int
    height: int
    width: int
    seed_gamma: int = 0
    seed_beta: int = 0

    label: ClassVar[str] = "BatchNorm2d"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.count, self.channels, self.height, self.width), input_shape)
        return Signature(((self.channels,),) * 2, input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return initial_state(self.channels, (self.seed_gamma, self.seed_beta), None)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        only_runtime(run, self.label)
        if x.size == 0:
            return x
        rows = x.reshape(self.count, self.channels, self.height * self.width)
        return normalise_nested(rows, params[0], params[1], run.profile.batch_norm_eps).reshape(x.shape)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return _TRAIN_OPERATIONS


@dataclass(frozen=True, slots=True)
class BatchNormBatchMode(Layer):
    """`batchNorm2dNchwMode`: gamma, beta, running mean, running variance `(c,)`, and momentum, a scalar."""

    count: int
    channels: int
    height: int
    width: int
    seed_gamma: int = 0
    seed_beta: int = 0
    seed_mean: int = 0
    seed_variance: int = 0
    momentum: float = MOMENTUM

    label: ClassVar[str] = "BatchNorm2d"
    updates_buffers: ClassVar[bool] = True

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.count, self.channels, self.height, self.width), input_shape)
        return Signature((*((self.channels,),) * 4, ()), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        seeds = (self.seed_gamma, self.seed_beta, self.seed_mean, self.seed_variance)
        return initial_state(self.channels, seeds, self.momentum)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True, False, False, False

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        only_runtime(run, self.label)
        if x.size == 0:
            return x
        rows = x.reshape(self.count, self.channels, self.height * self.width)
        eps = run.profile.batch_norm_eps
        if run.mode is Mode.TRAIN:
            return normalise_nested(rows, params[0], params[1], eps).reshape(x.shape)
        return normalise_given(run, rows, params[:4], eps).reshape(x.shape)

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        if run.mode is Mode.EVAL:
            return params
        gamma, beta, mean, variance, momentum = params
        by_channel = np.moveaxis(x, 1, 0).reshape(self.channels, self.count * self.height * self.width)
        now_mean, now_variance = flat_statistics(by_channel)
        return gamma, beta, blend(mean, now_mean, momentum), blend(variance, now_variance, momentum), momentum

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return _TRAIN_OPERATIONS if run.mode is Mode.TRAIN else EVAL_OPERATIONS

"""Batch norm of one `(c, h, w)` image: by its own statistics, by given ones, or by mode with running statistics.

- `batchnormChannelFirst`: as GraphSpec's primitive, dividing by the deviation (`primitives/batch_norm.py`).
- `batchnormChannelFirstEval`: `inv = 1 / sqrt(max(max(var, 0) + eps, 0))`, `y = (((x - mean) * inv) * gamma) + beta` in
  the runtime; the pure semantics (`batchNormInference`) divide by the root instead.
- `batchnormChannelFirstMode`: the first in train mode, the second in eval mode. A train-mode forward then updates
  `running' = (running * (1 - momentum)) + (batch * momentum)` with the image's flat mean and biased variance.
gamma and variance start at one, beta and mean at zero.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/Normalization.lean`, `NN/Core.lean` @b2a2184 (layers,
statistics, update); `NN/Runtime/Autograd/TorchLean/Norm.lean` @82bea12, @b2a2184 (eval);
`NN/Spec/Layers/Normalization/BatchNorm.lean` @b2a2184 (pure eval).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from xcheck.reference.exact import clamp_at_zero, fold_rows
from xcheck.reference.initialise import Constant, Initial, Ones, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Mode, Run, Via
from xcheck.reference.primitives.batch_norm import normalise_channels
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape

MOMENTUM: Final = 0.1
EVAL_OPERATIONS: Final = 16  # recorded by the composed eval form, image or batch


def normalise_given(run: Run, x: F64, params: Sequence[F64], eps: float) -> F64:
    """Batch norm of `(n, c, spatial)` by given statistics; `params` are gamma, beta, mean, variance, each `(c,)`."""
    gamma, beta, mean, variance = (p[:, None] for p in params)
    with np.errstate(all="ignore"):
        deviation = np.sqrt(clamp_at_zero(clamp_at_zero(variance) + eps))
        centred = x - mean
        scaled = centred / deviation if run.via is Via.SPEC else centred * (1.0 / deviation)
        return (scaled * gamma) + beta


def flat_statistics(rows: F64) -> tuple[F64, F64]:
    """Mean and biased variance of every row of `(c, n)`, each `(c,)`, as the running statistics take them."""
    count = float(rows.shape[1])
    with np.errstate(all="ignore"):
        mean = fold_rows(rows) / count
        centred = rows - mean[:, None]
        return mean, fold_rows(centred * centred) / count


def blend(running: F64, batch: F64, momentum: F64) -> F64:
    """`(running * (1 - momentum)) + (batch * momentum)`; `momentum` is a scalar tensor."""
    with np.errstate(all="ignore"):
        return (running * (1.0 - momentum)) + (batch * momentum)


def initial_state(channels: int, seeds: Sequence[int], momentum: float | None) -> tuple[Initial, ...]:
    """gamma, beta, mean, variance and, where the layer has one, momentum; `seeds` may name the first of them only."""
    schemes = (Ones(), Zeros(), Zeros(), Ones())[: len(seeds)]
    state = tuple(Initial((channels,), scheme, seed) for scheme, seed in zip(schemes, seeds, strict=True))
    return state if momentum is None else (*state, Initial((), Constant(momentum), 0))


@dataclass(frozen=True, slots=True)
class BatchNormImage(Layer):
    """`batchnormChannelFirst`: the image's own statistics in both modes; gamma `(c,)`, beta `(c,)`."""

    channels: int
    height: int
    width: int
    seed_gamma: int = 0
    seed_beta: int = 0

    label: ClassVar[str] = "BatchNorm2d"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.channels, self.height, self.width), input_shape)
        return Signature(((self.channels,),) * 2, input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return initial_state(self.channels, (self.seed_gamma, self.seed_beta), None)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return normalise_channels(x, params[0], params[1], run.profile.batch_norm_eps)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class BatchNormImageEval(Layer):
    """`batchnormChannelFirstEval`: given statistics in both modes; gamma, beta, mean, variance, each `(c,)`."""

    channels: int
    height: int
    width: int
    seed_gamma: int = 0
    seed_beta: int = 0
    seed_mean: int = 0
    seed_variance: int = 0

    label: ClassVar[str] = "BatchNorm2d(eval)"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.channels, self.height, self.width), input_shape)
        return Signature(((self.channels,),) * 4, input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        seeds = (self.seed_gamma, self.seed_beta, self.seed_mean, self.seed_variance)
        return initial_state(self.channels, seeds, None)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True, False, False

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        rows = x.reshape(1, self.channels, self.height * self.width)
        return normalise_given(run, rows, params[:4], run.profile.batch_norm_eps).reshape(x.shape)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return EVAL_OPERATIONS


@dataclass(frozen=True, slots=True)
class BatchNormImageMode(Layer):
    """`batchnormChannelFirstMode`: gamma, beta, running mean, running variance `(c,)`, and momentum, a scalar."""

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
        self._checked((self.channels, self.height, self.width), input_shape)
        return Signature((*((self.channels,),) * 4, ()), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        seeds = (self.seed_gamma, self.seed_beta, self.seed_mean, self.seed_variance)
        return initial_state(self.channels, seeds, self.momentum)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True, False, False, False

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        eps = run.profile.batch_norm_eps
        if run.mode is Mode.TRAIN:
            return normalise_channels(x, params[0], params[1], eps)
        rows = x.reshape(1, self.channels, self.height * self.width)
        return normalise_given(run, rows, params[:4], eps).reshape(x.shape)

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        if run.mode is Mode.EVAL:
            return params
        gamma, beta, mean, variance, momentum = params
        now_mean, now_variance = flat_statistics(x.reshape(self.channels, size(x.shape[1:])))
        return gamma, beta, blend(mean, now_mean, momentum), blend(variance, now_variance, momentum), momentum

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1 if run.mode is Mode.TRAIN else EVAL_OPERATIONS

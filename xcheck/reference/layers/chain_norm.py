"""Normalisation layers of the `Chain` revisions: any leading or spatial axes, a given epsilon, optional scale and bias.

- `layerNorm`: rows as in `layer_norm.py`; `rmsNorm`: rows in the reciprocal form of `rms_norm.py`.
- `instanceNorm`, `groupNorm`: groups as in `group_norm.py`, on `(batch, channels, *spatial)`.
- `batchNorm`: train mode by nested means, eval mode by the running statistics, both in the reciprocal form. A
  train-mode forward updates `(running * (1 - momentum)) + (batch * momentum)` with the flat mean and, where there is
  more than one sample, the flat variance times `N / (N - 1)`. Where scale or bias is left out, ones and zeros take
  part in the arithmetic. The layers' programs are runtime compositions (layer norm excepted); their pure counterparts
  were not traced.
Source: `NN/Runtime/Autograd/Model/Layers/Normalization.lean`, `NN/Runtime/Autograd/Model/Norm.lean`, `Layers/Core.lean`
@a351909, @3447b74; `NN/Spec/Layers/Normalization/Core.lean` @3447b74 (layer norm).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from xcheck.reference.initialise import Initial, Ones, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.batch_norm import (
    MOMENTUM,
    blend,
    flat_statistics,
    initial_state,
    normalise_given,
)
from xcheck.reference.layers.batch_norm_nchw import normalise_nested
from xcheck.reference.layers.group_norm import normalise_groups
from xcheck.reference.layers.layer_norm import normalise_rows
from xcheck.reference.layers.rms_norm import scale_rows
from xcheck.reference.operation import Mode, NotComparableError, Run, Via
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape

EPSILON: Final = 1e-5


def _runtime_only(run: Run, what: str) -> None:
    if run.via is Via.SPEC:
        raise NotComparableError(f"the pure semantics of {what} in a Chain revision were not traced")


def _affine_state(width: int, affine: bool, bias: bool) -> tuple[Initial, ...]:
    if not affine:
        return ()
    scale = Initial((width,), Ones(), 0)
    return (scale, Initial((width,), Zeros(), 0)) if bias else (scale,)


def _scale_and_bias(params: Sequence[F64], width: int) -> tuple[F64, F64]:
    scale = params[0] if params else np.ones(width, np.float64)
    return scale, params[1] if len(params) > 1 else np.zeros(width, np.float64)


@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """`(*leading, width)`, shape-preserving; scale and bias `(width,)` unless switched off."""

    leading: Shape
    width: int
    eps: float = EPSILON
    affine: bool = True
    bias: bool = True

    label: ClassVar[str] = "LayerNorm"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((*self.leading, self.width), input_shape)
        params = tuple(i.shape for i in _affine_state(self.width, self.affine, self.bias))
        return Signature(params, input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return _affine_state(self.width, self.affine, self.bias)

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * len(_affine_state(self.width, self.affine, self.bias))

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if x.size == 0:
            return x
        scale, bias = _scale_and_bias(params, self.width)
        with np.errstate(all="ignore"):
            return normalise_rows(run.profile, x.reshape(-1, self.width), scale, bias, self.eps).reshape(x.shape)


@dataclass(frozen=True, slots=True)
class RmsNorm(Layer):
    """`(*leading, width)`, shape-preserving; scale `(width,)` unless switched off."""

    leading: Shape
    width: int
    eps: float = EPSILON
    affine: bool = True

    label: ClassVar[str] = "RMSNorm"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((*self.leading, self.width), input_shape)
        return Signature(((self.width,),) if self.affine else (), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return _affine_state(self.width, self.affine, False)

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) if self.affine else ()

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        _runtime_only(run, self.label)
        if x.size == 0:
            return x
        scale, _ = _scale_and_bias(params, self.width)
        return scale_rows(run, x.reshape(-1, self.width), scale, self.eps).reshape(x.shape)


@dataclass(frozen=True, slots=True)
class GroupNorm(Layer):
    """`groupNorm`: `(batch, channels, *spatial)`; scale and bias `(channels,)` unless switched off."""

    batch: int
    channels: int
    groups: int
    spatial: Shape
    eps: float = EPSILON
    affine: bool = True
    bias: bool = True

    label: ClassVar[str] = "GroupNorm"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if self.groups < 1 or self.channels % self.groups:
            raise SignatureError(f"{self.channels} channels cannot be cut into {self.groups} groups")
        self._checked((self.batch, self.channels, *self.spatial), input_shape)
        params = tuple(i.shape for i in _affine_state(self.channels, self.affine, self.bias))
        return Signature(params, input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return f"GroupNorm(groups={self.groups})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return _affine_state(self.channels, self.affine, self.bias)

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * len(_affine_state(self.channels, self.affine, self.bias))

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        _runtime_only(run, self.label)
        scale, bias = _scale_and_bias(params, self.channels)
        return normalise_groups(x, self.groups, scale, bias, self.eps)


@dataclass(frozen=True, slots=True)
class InstanceNorm(GroupNorm):
    """`instanceNorm`: every channel is a group of its own."""

    label: ClassVar[str] = "InstanceNorm"

    @classmethod
    def of(cls, batch: int, channels: int, spatial: Shape, eps: float, affine: bool, bias: bool) -> InstanceNorm:
        """From the builder's arguments in order."""
        return cls(batch, channels, channels, spatial, eps, affine, bias)

    def kind_text(self, profile: Profile) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class BatchNorm(Layer):
    """`(batch, channels, *spatial)`, shape-preserving: scale, bias, running mean, running variance, momentum."""

    batch: int
    channels: int
    spatial: Shape
    momentum: float = MOMENTUM
    eps: float = EPSILON

    label: ClassVar[str] = "BatchNorm"
    updates_buffers: ClassVar[bool] = True

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.batch, self.channels, *self.spatial), input_shape)
        return Signature((*((self.channels,),) * 4, ()), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return initial_state(self.channels, (0, 0, 0, 0), self.momentum)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True, False, False, False

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        _runtime_only(run, self.label)
        if x.size == 0:
            return x
        rows = x.reshape(self.batch, self.channels, size(self.spatial))
        if run.mode is Mode.TRAIN:
            return normalise_nested(rows, params[0], params[1], self.eps).reshape(x.shape)
        return normalise_given(run, rows, params[:4], self.eps).reshape(x.shape)

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        if run.mode is Mode.EVAL:
            return params
        scale, bias, mean, variance, momentum = params
        samples = self.batch * size(self.spatial)
        now_mean, now_variance = flat_statistics(np.moveaxis(x, 1, 0).reshape(self.channels, samples))
        if samples > 1:
            with np.errstate(all="ignore"):
                now_variance = now_variance * (float(samples) / float(samples - 1))
        return scale, bias, blend(mean, now_mean, momentum), blend(variance, now_variance, momentum), momentum

"""`instanceNorm2dNchw` and `groupNorm2dNchw`: each image's channels, or groups of channels, by their own statistics.

Per image and contiguous group of channels (an instance is a group of one): `mean = (fold x) / m` row-major, `c = x -
mean`, `v = (fold c * c) / m`, `inv = 1 / sqrt(max(max(v, 0) + eps, 0))`, `y = ((c * inv) * gamma) + beta` with gamma
and beta per channel. gamma starts at one, beta at zero.
Source: `NN/Runtime/Autograd/TorchLean/Norm.lean` @82bea12, @b2a2184; layers `NN.lean` @82bea12,
`NN/Normalization.lean` @b2a2184. The pure `groupNorm` is channel-last and the pure `instanceNorm`
takes one image (`NN/Spec/Layers/Normalization` @b2a2184), so neither is a counterpart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import clamp_at_zero, fold_rows
from xcheck.reference.initialise import Initial
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.batch_norm import initial_state
from xcheck.reference.layers.batch_norm_nchw import only_runtime
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


def normalise_groups(x: F64, groups: int, gamma: F64, beta: F64, eps: float) -> F64:
    """Group norm of `(n, c, *spatial)`; `gamma` and `beta` are `(c,)`."""
    if x.size == 0:
        return x
    count, channels = x.shape[:2]
    rows = x.reshape(count * groups, -1)
    members = float(rows.shape[1])
    with np.errstate(all="ignore"):
        centred = rows - (fold_rows(rows) / members)[:, None]
        variance = clamp_at_zero(fold_rows(centred * centred) / members)
        inverse = 1.0 / np.sqrt(clamp_at_zero(variance + eps))
        by_channel = (centred * inverse[:, None]).reshape(count, channels, size(x.shape[2:]))
        return ((by_channel * gamma[:, None]) + beta[:, None]).reshape(x.shape)


@dataclass(frozen=True, slots=True)
class InstanceNorm(Layer):
    """Shape-preserving on `(n, c, h, w)`; gamma `(c,)`, beta `(c,)`."""

    count: int
    channels: int
    height: int
    width: int
    seed_gamma: int = 0
    seed_beta: int = 0

    label: ClassVar[str] = "InstanceNorm2d"

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
        return normalise_groups(x, self.channels, params[0], params[1], run.profile.batch_norm_eps)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 19


@dataclass(frozen=True, slots=True)
class GroupNorm(Layer):
    """Shape-preserving on `(n, c, h, w)`; the channels are cut into `groups` contiguous groups of one size."""

    count: int
    channels: int
    height: int
    width: int
    groups: int
    seed_gamma: int = 0
    seed_beta: int = 0

    label: ClassVar[str] = "GroupNorm2d"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if self.groups < 1 or self.channels % self.groups:
            raise SignatureError(f"{self.channels} channels cannot be cut into {self.groups} groups")
        self._checked((self.count, self.channels, self.height, self.width), input_shape)
        return Signature(((self.channels,),) * 2, input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return f"GroupNorm2d(groups={self.groups})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return initial_state(self.channels, (self.seed_gamma, self.seed_beta), None)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        only_runtime(run, self.label)
        return normalise_groups(x, self.groups, params[0], params[1], run.profile.batch_norm_eps)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 23

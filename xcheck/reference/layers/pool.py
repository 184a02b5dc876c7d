"""`maxPool`, `avgPool` (N-d, over a batch), `maxPool2d`, `avgPool2d` and their padded forms (2-D, one image).

Max pools skip padding, average pools count it. The 2-D builders visit a window by columns before be55ea0
(`maxPool2dPad` never did) and the families came to reject padding above half the kernel at different commits: three
profile axes.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/ConvPool.lean` @b2a2184; forward
`NN/Spec/Layers/Pooling.lean` @82bea12, `Pooling/{TwoD,PaddedTwoD,ND}.lean` @b2a2184.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import AveragePool, MaxPool, Profile
from xcheck.reference.shape import pool_extent
from xcheck.reference.signature import Signature, SignatureError
from xcheck.reference.windows import (
    average_pool_columns_first,
    average_pool_row_major,
    max_pool_columns_first,
    max_pool_row_major,
)
from xcheck.tensor import F64, Shape


class _Pool(Layer):
    """What all share: shapes and the walk over a batch."""

    @abstractmethod
    def geometry(self) -> tuple[Shape, Shape, Shape, Shape]:
        """Kernel, stride, padding and input extents, one for each spatial axis."""

    @abstractmethod
    def leading(self) -> Shape:
        """The axes before the spatial ones: `(batch, channels)` or `(channels,)`."""

    @abstractmethod
    def limits_padding(self, profile: Profile) -> bool:
        """Whether padding above half the kernel makes the output empty."""

    @abstractmethod
    def one(self, profile: Profile, x: F64, outputs: Shape) -> F64:
        """The pool of one `(channels, *n)` image."""

    def outputs(self, profile: Profile) -> Shape:
        """The output's spatial extents."""
        kernel, stride, padding, extents = self.geometry()
        return tuple(
            pool_extent(profile.window, self.limits_padding(profile), n, k, s, p)
            for n, k, s, p in zip(extents, kernel, stride, padding, strict=True)
        )

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        kernel, stride, padding, extents = self.geometry()
        if not len(kernel) == len(stride) == len(padding) == len(extents):
            raise SignatureError(f"{self.label}: kernel, stride, padding and extents differ in rank")
        self._checked((*self.leading(), *extents), input_shape)
        return Signature((), input_shape, (*self.leading(), *self.outputs(profile)))

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        outputs = self.outputs(run.profile)
        if len(self.leading()) == 1:
            return self.one(run.profile, x, outputs)
        out = np.empty((*self.leading(), *outputs), np.float64)
        for image in range(x.shape[0]):
            out[image] = self.one(run.profile, x[image], outputs)
        return out

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1 if len(self.leading()) == 1 else self.mapped_over_batch(run, self.leading()[0], 1)


@dataclass(frozen=True, slots=True)
class _PoolNd(_Pool):
    batch: int
    rank: int
    channels: int
    kernel: Shape
    stride: Shape
    padding: Shape
    extents: Shape

    def geometry(self) -> tuple[Shape, Shape, Shape, Shape]:
        return self.kernel, self.stride, self.padding, self.extents

    def leading(self) -> Shape:
        return self.batch, self.channels

    def limits_padding(self, profile: Profile) -> bool:
        return profile.pool_nd_limits_padding

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}{self.rank}d"


@dataclass(frozen=True, slots=True)
class MaxPoolNd(_PoolNd):
    """`maxPool`: `(batch, c, *n)` to `(batch, c, *o)`."""

    label: ClassVar[str] = "MaxPool"

    def one(self, profile: Profile, x: F64, outputs: Shape) -> F64:
        return max_pool_row_major(x, self.kernel, self.stride, self.padding, outputs)


@dataclass(frozen=True, slots=True)
class AvgPoolNd(_PoolNd):
    """`avgPool`: `(batch, c, *n)` to `(batch, c, *o)`."""

    label: ClassVar[str] = "AvgPool"

    def one(self, profile: Profile, x: F64, outputs: Shape) -> F64:
        return average_pool_row_major(x, self.kernel, self.stride, self.padding, outputs)


@dataclass(frozen=True, slots=True)
class _Pool2d(_Pool):
    kernel_height: int
    kernel_width: int
    height: int
    width: int
    channels: int
    stride: int

    def geometry(self) -> tuple[Shape, Shape, Shape, Shape]:
        kernel = (self.kernel_height, self.kernel_width)
        return kernel, (self.stride,) * 2, (self.around(),) * 2, (self.height, self.width)

    def around(self) -> int:
        """The padding of both axes."""
        return 0

    def leading(self) -> Shape:
        return (self.channels,)

    def limits_padding(self, profile: Profile) -> bool:
        return profile.pool_2d_limits_padding

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}({self.kernel_height}x{self.kernel_width})"


@dataclass(frozen=True, slots=True)
class MaxPool2d(_Pool2d):
    """`maxPool2d`: `(c, h, w)` to `(c, h', w')`, without padding."""

    label: ClassVar[str] = "MaxPool2d"

    def one(self, profile: Profile, x: F64, outputs: Shape) -> F64:
        kernel, stride, padding, _ = self.geometry()
        if profile.max_pool is MaxPool.COLUMNS_FIRST:
            return max_pool_columns_first(x, kernel, stride, outputs)
        return max_pool_row_major(x, kernel, stride, padding, outputs)


@dataclass(frozen=True, slots=True)
class AvgPool2d(_Pool2d):
    """`avgPool2d`: `(c, h, w)` to `(c, h', w')`, without padding."""

    label: ClassVar[str] = "AvgPool2d"

    def one(self, profile: Profile, x: F64, outputs: Shape) -> F64:
        kernel, stride, padding, _ = self.geometry()
        by_column = profile.average_pool_2d is AveragePool.COLUMNS_FIRST
        pool = average_pool_columns_first if by_column else average_pool_row_major
        return pool(x, kernel, stride, padding, outputs)


@dataclass(frozen=True, slots=True)
class MaxPool2dPad(_Pool2d):
    """`maxPool2dPad`: `(c, h, w)` to `(c, h', w')`; row-major at every revision."""

    padding: int

    label: ClassVar[str] = "MaxPool2d"

    def around(self) -> int:
        return self.padding

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}({self.kernel_height}x{self.kernel_width}, padding={self.padding})"

    def one(self, profile: Profile, x: F64, outputs: Shape) -> F64:
        kernel, stride, padding, _ = self.geometry()
        return max_pool_row_major(x, kernel, stride, padding, outputs)


@dataclass(frozen=True, slots=True)
class AvgPool2dPad(AvgPool2d):
    """`avgPool2dPad`: `(c, h, w)` to `(c, h', w')`; padding counts in sum and divisor."""

    padding: int

    def around(self) -> int:
        return self.padding

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}({self.kernel_height}x{self.kernel_width}, padding={self.padding})"

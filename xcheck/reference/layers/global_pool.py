"""`globalAvgPool2dChw`, `globalAvgPool2dNchw` (before 852c9c6): the mean of every channel.

The runtime averages over the width, then over the height; the pure semantics divide one row-major sum by `h * w`.
Later revisions build the pool as an N-d average pool followed by a reshape of kind `GlobalAvgPool` (`reshape.py`).
Source: `NN/Runtime/Autograd/TorchLean/NN.lean`, `NN/Runtime/Autograd/Torch/Core.lean`,
`NN/Spec/Layers/GlobalPooling.lean` @82bea12; `NN/API/Neural/VisionLayers.lean` @b2a2184.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import fold_last, fold_rows
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import NotComparableError, Run, Via
from xcheck.reference.profile import GlobalAverage, Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


def _means(run: Run, x: F64) -> F64:
    height, width = x.shape[-2:]
    with np.errstate(all="ignore"):
        if run.via is Via.SPEC:
            return fold_last(x.reshape(*x.shape[:-2], height * width)) / float(height * width)
        return fold_last(fold_last(x) / float(width)) / float(height)


@dataclass(frozen=True, slots=True)
class GlobalAvgPool2dChw(Layer):
    """`(c, h, w)` to `(c,)`."""

    channels: int
    height: int
    width: int

    label: ClassVar[str] = "GlobalAvgPool2d"

    def available(self, profile: Profile) -> bool:
        return profile.global_average is GlobalAverage.NESTED

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.channels, self.height, self.width), input_shape)
        return Signature((), input_shape, (self.channels,))

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return _means(run, x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 2


@dataclass(frozen=True, slots=True)
class GlobalAvgPool2dNchw(Layer):
    """`(n, c, h, w)` to `(n, c)`."""

    count: int
    channels: int
    height: int
    width: int

    label: ClassVar[str] = "GlobalAvgPool2d"

    def available(self, profile: Profile) -> bool:
        return profile.global_average is GlobalAverage.NESTED

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.count, self.channels, self.height, self.width), input_shape)
        return Signature((), input_shape, (self.count, self.channels))

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return _means(run, x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 2


@dataclass(frozen=True, slots=True)
class GlobalMean(Layer):
    """`globalAvgPool` of the `Chain` revisions: `(*batch, c, *spatial)` to `(*batch, c)`.

    One row-major sum per channel, times the reciprocal of the number of cells.
    Source: `NN/API/Neural/Impl.lean`, `mean` in `NN/Runtime/Autograd/Model/Functional/Core.lean` @3447b74.
    """

    batch: Shape
    channels: int
    spatial: Shape

    label: ClassVar[str] = "GlobalAvgPool"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((*self.batch, self.channels, *self.spatial), input_shape)
        return Signature((), input_shape, (*self.batch, self.channels))

    def kind_text(self, profile: Profile) -> str:
        return f"GlobalAvgPool(rank={len(self.spatial)})"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        cells = size(self.spatial)
        if cells == 0:
            raise NotComparableError("a global pool of no cells fails TorchLean's own validation")
        rows = x.reshape(size(self.batch) * self.channels, cells)
        with np.errstate(all="ignore"):
            return (fold_rows(rows) * (1.0 / float(cells))).reshape(*self.batch, self.channels)

"""`max_pool2d(...)` of a `Graph` (no padding) and `max_pool(...)` of a `Chain`, of any spatial rank.

Source: `NN/GraphSpec/Primitives/Vision.lean` @82bea12, @b2a2184; `NN/GraphSpec/Primitives/Spatial.lean` @3447b74;
forward `NN/Spec/Layers/Pooling.lean` @82bea12, `Pooling/ND.lean` @be55ea0, `Pooling/Spatial.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcheck.reference.operation import Run
from xcheck.reference.primitives.base import AttributeValue, Primitive
from xcheck.reference.primitives.window import Window, check_rank, known_window, window_attributes
from xcheck.reference.profile import Kinds, MaxPool, Profile, Surface
from xcheck.reference.shape import format_shape, pool_extent
from xcheck.reference.signature import Signature, SignatureError
from xcheck.reference.windows import max_pool_columns_first, max_pool_row_major
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class MaxPool2d(Primitive):
    """A 2-D max pool with one stride and no padding."""

    kernel_height: int
    kernel_width: int
    stride: int

    @property
    def name(self) -> str:
        return f"max_pool2d(k={self.kernel_height}x{self.kernel_width},s={self.stride})"

    def available(self, profile: Profile) -> bool:
        return profile.surface is not Surface.CHAIN

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if len(input_shape) != 3:
            raise SignatureError(f"{self.name} takes [c, h, w], got {format_shape(input_shape)}")
        spatial = tuple(
            pool_extent(profile.window, profile.pool_2d_limits_padding, n, k, self.stride, 0)
            for n, k in zip(input_shape[1:], (self.kernel_height, self.kernel_width), strict=True)
        )
        return Signature((), input_shape, (input_shape[0], *spatial))

    def kind(self, profile: Profile) -> str | None:
        return None if profile.kinds is Kinds.NONE else f"MaxPool2d({self.kernel_height}x{self.kernel_width})"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        kernel, stride = (self.kernel_height, self.kernel_width), (self.stride, self.stride)
        outputs = self.signature(x.shape, run.profile).output[1:]
        if run.profile.max_pool is MaxPool.COLUMNS_FIRST:
            return max_pool_columns_first(x, kernel, stride, outputs)
        return max_pool_row_major(x, kernel, stride, (0, 0), outputs)


@dataclass(frozen=True, slots=True)
class MaxPoolNd(Primitive):
    """A max pool of spatial rank `rank`; `kernel`, `stride` and `padding` are None where the export lacks them."""

    rank: int
    kernel: Shape | None = None
    stride: Shape | None = None
    padding: Shape | None = None

    @property
    def name(self) -> str:
        return f"max_pool(rank={self.rank})"

    def attributes(self) -> dict[str, AttributeValue]:
        return window_attributes((self.kernel, self.stride, self.padding))

    def _window(self) -> Window:
        return known_window("pool", (self.kernel, self.stride, self.padding))

    def available(self, profile: Profile) -> bool:
        return profile.surface is Surface.CHAIN

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        kernel, stride, padding = window = self._window()
        if len(input_shape) != 1 + self.rank:
            axes = "".join(f", n{axis + 1}" for axis in range(self.rank))
            raise SignatureError(f"{self.name} takes [c{axes}], got {format_shape(input_shape)}")
        check_rank(self.name, self.rank, window)
        spatial = tuple(
            pool_extent(profile.window, profile.pool_nd_limits_padding, n, k, s, p)
            for n, k, s, p in zip(input_shape[1:], kernel, stride, padding, strict=True)
        )
        return Signature((), input_shape, (input_shape[0], *spatial))

    def kind(self, profile: Profile) -> str | None:
        return f"MaxPool(rank={self.rank})"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        kernel, stride, padding = self._window()
        outputs = self.signature(x.shape, run.profile).output[1:]
        return max_pool_row_major(x, kernel, stride, padding, outputs)

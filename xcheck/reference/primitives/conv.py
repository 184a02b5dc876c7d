"""`conv2d(...)` of a `Graph` and `conv(...)` of a `Chain`, of any spatial rank.

The kernel starts uniform in +-0.1 (not fan-scaled), the bias at zero.
Source: `NN/GraphSpec/Primitives/Vision.lean` @82bea12, @b2a2184; `NN/GraphSpec/Primitives/Spatial.lean` @a351909
(kernel seed `2 i`), @0f84531 (kernel seed `i`); forward `NN/Spec/Layers/Conv.lean` @82bea12, @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from xcheck.reference.initialise import Initial, Uniform, Zeros
from xcheck.reference.operation import Run
from xcheck.reference.primitives.base import AttributeValue, Primitive
from xcheck.reference.primitives.window import Window, check_rank, known_window, window_attributes
from xcheck.reference.profile import Kinds, Profile, Surface
from xcheck.reference.shape import format_shape, window_extent
from xcheck.reference.signature import Signature, SignatureError
from xcheck.reference.windows import convolve
from xcheck.tensor import F64, Shape


def _initial(signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
    kernel, bias = signature.params
    seed = profile.conv_seed.seed(index)
    return Initial(kernel, Uniform(-0.1, 0.1), seed), Initial(bias, Zeros(), seed + 1)


@dataclass(frozen=True, slots=True)
class Conv2d(Primitive):
    """A 2-D convolution with one stride and one padding; kernel `(outC, inC, kH, kW)`, bias `(outC,)`."""

    in_channels: int
    out_channels: int
    kernel_height: int
    kernel_width: int
    stride: int
    padding: int

    counts: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return (
            f"conv2d(inC={self.in_channels},outC={self.out_channels},"
            f"k={self.kernel_height}x{self.kernel_width},s={self.stride},p={self.padding})"
        )

    def available(self, profile: Profile) -> bool:
        return profile.surface is not Surface.CHAIN

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if len(input_shape) != 3 or input_shape[0] != self.in_channels:
            raise SignatureError(f"{self.name} takes [{self.in_channels}, h, w], got {format_shape(input_shape)}")
        kernel = (self.kernel_height, self.kernel_width)
        spatial = tuple(
            window_extent(profile.window, n, k, self.stride, self.padding)
            for n, k in zip(input_shape[1:], kernel, strict=True)
        )
        params = ((self.out_channels, self.in_channels, *kernel), (self.out_channels,))
        return Signature(params, input_shape, (self.out_channels, *spatial))

    def kind(self, profile: Profile) -> str | None:
        if profile.kinds is Kinds.NONE:
            return None
        return f"Conv2d({self.in_channels}, {self.out_channels}, {self.kernel_height}x{self.kernel_width})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return _initial(signature, profile, index)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        kernel, bias = params
        outputs = self.signature(x.shape, run.profile).output[1:]
        return convolve(x, kernel, bias, (self.stride,) * 2, (self.padding,) * 2, outputs)


@dataclass(frozen=True, slots=True)
class Conv(Primitive):
    """A convolution of spatial rank `rank`, with stride and padding per axis; kernel `(outC, inC, *k)`, bias `(outC,)`.

    `kernel`, `stride` and `padding` are None where the export does not give them.
    """

    rank: int
    in_channels: int
    out_channels: int
    kernel: Shape | None = None
    stride: Shape | None = None
    padding: Shape | None = None

    counts: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"conv(rank={self.rank},in={self.in_channels},out={self.out_channels})"

    def attributes(self) -> dict[str, AttributeValue]:
        return window_attributes((self.kernel, self.stride, self.padding))

    def _window(self) -> Window:
        return known_window("convolution", (self.kernel, self.stride, self.padding))

    def available(self, profile: Profile) -> bool:
        return profile.surface is Surface.CHAIN

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        kernel, stride, padding = window = self._window()
        if len(input_shape) != 1 + self.rank or input_shape[0] != self.in_channels:
            axes = "".join(f", n{axis + 1}" for axis in range(self.rank))
            raise SignatureError(f"{self.name} takes [{self.in_channels}{axes}], got {format_shape(input_shape)}")
        check_rank(self.name, self.rank, window)
        spatial = tuple(
            window_extent(profile.window, n, k, s, p)
            for n, k, s, p in zip(input_shape[1:], kernel, stride, padding, strict=True)
        )
        params = ((self.out_channels, self.in_channels, *kernel), (self.out_channels,))
        return Signature(params, input_shape, (self.out_channels, *spatial))

    def kind(self, profile: Profile) -> str | None:
        return f"Conv(rank={self.rank},in={self.in_channels},out={self.out_channels})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return _initial(signature, profile, index)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        _, stride, padding = self._window()
        outputs = self.signature(x.shape, run.profile).output[1:]
        return convolve(x, params[0], params[1], stride, padding, outputs)

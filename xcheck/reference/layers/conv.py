"""`conv`, `conv2d`, `convTranspose`, `convTranspose2d`: zero-padded, groups 1, dilation 1, bias last.

The N-d builders map over a leading batch; the 2-D ones take one image. Kernels start uniform in +-0.1 from `seedK`
unless `kInit` says otherwise (the default is not fan-scaled), biases at zero. Order of the folds: `windows.py`.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/ConvPool.lean` @b2a2184; forward
`NN/Spec/Layers/Conv.lean` @82bea12, @b2a2184.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.initialise import Initial, Scheme, Uniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import transposed_extent, window_extent
from xcheck.reference.signature import Signature, SignatureError
from xcheck.reference.windows import convolve, convolve_transposed
from xcheck.tensor import F64, Shape

DEFAULT_KERNEL = Uniform(-0.1, 0.1)


class _Convolution(Layer):
    """What the four share: parameters, initialisation and the forward of one image."""

    transposed: ClassVar[bool] = False

    @abstractmethod
    def geometry(self) -> tuple[Shape, Shape, Shape, Shape]:
        """Kernel, stride, padding and input extents, one for each spatial axis."""

    @abstractmethod
    def channels(self) -> tuple[int, int]:
        """Input and output channels."""

    @abstractmethod
    def kernel_start(self) -> tuple[Scheme, int, int]:
        """The kernel's scheme and seed, and the bias's seed."""

    @property
    def batched(self) -> int | None:
        """The leading extent, None where there is no such axis."""
        return None

    def outputs(self, profile: Profile) -> Shape:
        """The output's spatial extents."""
        kernel, stride, padding, extents = self.geometry()
        rule = transposed_extent if self.transposed else window_extent
        return tuple(
            rule(profile.window, n, k, s, p) for n, k, s, p in zip(extents, kernel, stride, padding, strict=True)
        )

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        kernel, stride, padding, extents = self.geometry()
        if not len(kernel) == len(stride) == len(padding) == len(extents):
            raise SignatureError(f"{self.label}: kernel, stride, padding and extents differ in rank")
        in_channels, out_channels = self.channels()
        leading = () if self.batched is None else (self.batched,)
        self._checked((*leading, in_channels, *extents), input_shape)
        pair = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        params = ((*pair, *kernel), (out_channels,))
        return Signature(params, input_shape, (*leading, out_channels, *self.outputs(profile)))

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        scheme, seed, bias_seed = self.kernel_start()
        return Initial(signature.params[0], scheme, seed), Initial(signature.params[1], Zeros(), bias_seed)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        _, stride, padding, _ = self.geometry()
        outputs = self.outputs(run.profile)
        one = convolve_transposed if self.transposed else convolve
        if self.batched is None:
            return one(x, params[0], params[1], stride, padding, outputs)
        out = np.empty((x.shape[0], self.channels()[1], *outputs), np.float64)
        for image in range(x.shape[0]):
            out[image] = one(x[image], params[0], params[1], stride, padding, outputs)
        return out

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1 if self.batched is None else self.mapped_over_batch(run, self.batched, 1)


@dataclass(frozen=True, slots=True)
class Conv(_Convolution):
    """`conv`: `(batch, inC, *n)` to `(batch, outC, *o)`; kernel `(outC, inC, *k)`, bias `(outC,)`."""

    batch: int
    rank: int
    in_channels: int
    out_channels: int
    kernel: Shape
    stride: Shape
    padding: Shape
    extents: Shape
    seed_kernel: int = 0
    seed_bias: int = 0
    scheme: Scheme = DEFAULT_KERNEL

    label: ClassVar[str] = "Conv"

    def geometry(self) -> tuple[Shape, Shape, Shape, Shape]:
        return self.kernel, self.stride, self.padding, self.extents

    def channels(self) -> tuple[int, int]:
        return self.in_channels, self.out_channels

    def kernel_start(self) -> tuple[Scheme, int, int]:
        return self.scheme, self.seed_kernel, self.seed_bias

    @property
    def batched(self) -> int | None:
        return self.batch

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}{self.rank}d({self.in_channels}, {self.out_channels})"


@dataclass(frozen=True, slots=True)
class ConvTranspose(Conv):
    """`convTranspose`: as `Conv`, with the kernel `(inC, outC, *k)`."""

    label: ClassVar[str] = "ConvTranspose"
    transposed: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Conv2d(_Convolution):
    """`conv2d`: `(inC, h, w)` to `(outC, h', w')`; kernel `(outC, inC, kH, kW)`, bias `(outC,)`."""

    in_channels: int
    out_channels: int
    kernel_height: int
    kernel_width: int
    stride: int
    padding: int
    height: int
    width: int
    seed_kernel: int = 0
    seed_bias: int = 0
    scheme: Scheme = DEFAULT_KERNEL

    label: ClassVar[str] = "Conv2d"

    def geometry(self) -> tuple[Shape, Shape, Shape, Shape]:
        kernel = (self.kernel_height, self.kernel_width)
        return kernel, (self.stride,) * 2, (self.padding,) * 2, (self.height, self.width)

    def channels(self) -> tuple[int, int]:
        return self.in_channels, self.out_channels

    def kernel_start(self) -> tuple[Scheme, int, int]:
        return self.scheme, self.seed_kernel, self.seed_bias

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}({self.in_channels}, {self.out_channels}, {self.kernel_height}x{self.kernel_width})"


@dataclass(frozen=True, slots=True)
class ConvTranspose2d(Conv2d):
    """`convTranspose2d`: as `Conv2d`, with the kernel `(inC, outC, kH, kW)`."""

    label: ClassVar[str] = "ConvTranspose2d"
    transposed: ClassVar[bool] = True

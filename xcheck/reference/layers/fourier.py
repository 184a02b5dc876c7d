"""Fourier neural operator layers: the real 1-D block, the N-d block, the complex block's parameters, the affine maps.

The transforms are dense matrices of the C library's cosines and sines. 1-D angle: `(((2 pi) * j) * k) / n`. N-d
angle: `(2 pi) * (p_0 + (p_1 + (... + 0)))` with `p = (i * f) / extent` per axis. Forward entries are `cos` and `0 -
sin`, inverse ones `cos / n` and `sin / n`. Per kept frequency `RR - II` and `RI + IR`, each a row times a `(width,
width)` matrix.
- 1-D: the first and last `modes` frequencies are kept, rows between are 0; then relu.
- N-d: products at every frequency, times a 0/1 mask of the frequencies kept on every axis; then tanh or relu.
Output: activation of `(iCos Re - iSin Im) + (x W + b)`. `matAffine` is `x W + b` with x on the left, W `(inC, outC)`.
Over `Float` the complex block's imaginary unit is `sqrt(-1)`, NaN, so only its parameters are comparable.
Source: `NN/Runtime/Autograd/TorchLean/Fno1d.lean` @82bea12, @b2a2184; `Fno.lean` @852c9c6, @b2a2184;
`NN/Runtime/Autograd/Model/Fno.lean` @3447b74.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import ClassVar, Final

import numpy as np

from xcheck.reference.exact import clamp_at_zero, cos, matmul, sin, tanh
from xcheck.reference.initialise import Initial, Scheme, Uniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape

_TWO_PI: Final = 2.0 * math.pi


class Activation(StrEnum):
    """What follows a block."""

    TANH = "tanh"
    RELU = "relu"


class Path(StrEnum):
    """How a `Chain`'s block transforms."""

    AUTOMATIC = "automatic"
    DENSE = "dense"


def _activate(activation: Activation, y: F64) -> F64:
    return tanh(y) if activation is Activation.TANH else clamp_at_zero(y)


def _rows_times(rows: F64, matrices: F64) -> F64:
    """Each row `(width,)` of `(n, width)` times its own matrix of `(n, width, width)`; folds over the row's entries."""
    total = np.zeros(rows.shape, np.float64)
    for entry in range(rows.shape[1]):
        total = total + rows[:, entry, None] * matrices[:, entry]
    return total


def _mixed(real: F64, imaginary: F64, w_real: F64, w_imaginary: F64) -> tuple[F64, F64]:
    """The complex product, part by part."""
    return (
        _rows_times(real, w_real) - _rows_times(imaginary, w_imaginary),
        _rows_times(real, w_imaginary) + _rows_times(imaginary, w_real),
    )


def _transformed(angles: F64, x: F64) -> tuple[F64, F64]:
    """Real and imaginary part of the forward transform of `(grid, width)`; `angles` is `(frequency, place)`."""
    return matmul(cos(angles), x), matmul(0.0 - sin(angles), x)


def _restored(angles: F64, real: F64, imaginary: F64) -> F64:
    """The real part of the inverse transform."""
    count = float(angles.shape[0])
    back = np.ascontiguousarray(angles.T)
    return matmul(cos(back) / count, real) - matmul(sin(back) / count, imaginary)


@dataclass(frozen=True, slots=True)
class MatAffine(Layer):
    """`(grid, inC)` to `(grid, outC)`; W `(inC, outC)` uniform in +-0.1, bias zeros."""

    grid: int
    in_channels: int
    out_channels: int
    seed_weight: int = 0
    seed_bias: int = 0

    label: ClassVar[str] = "matAffine"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.grid, self.in_channels), input_shape)
        params = ((self.in_channels, self.out_channels), (self.out_channels,))
        return Signature(params, input_shape, (self.grid, self.out_channels))

    def kind_text(self, profile: Profile) -> str:
        return "Layer"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        weight, bias = signature.params
        return Initial(weight, Uniform(-0.1, 0.1), self.seed_weight), Initial(bias, Zeros(), self.seed_bias)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return matmul(x, params[0]) + params[1]


@dataclass(frozen=True, slots=True)
class Fno1dRealBlock(Layer):
    """`(grid, width)`, shape-preserving: four spectral weights `(modes, width, width)`, a skip matrix, a bias."""

    grid: int
    width: int
    modes: int
    seed: int = 0

    label: ClassVar[str] = "FNO1D.Real.block"
    libm: ClassVar[tuple[str, ...]] = ("cos", "sin")

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if 2 * self.modes > self.grid:
            raise SignatureError(f"{self.modes} modes on either side of {self.grid} frequencies")
        self._checked((self.grid, self.width), input_shape)
        spectral = (self.modes, self.width, self.width)
        return Signature((*(spectral,) * 4, (self.width, self.width), (self.width,)), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return "Layer"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        start = Uniform(-0.04, 0.04)
        *spectral, skip, bias = signature.params
        return (
            *(Initial(shape, start, self.seed + place) for place, shape in enumerate(spectral)),
            Initial(skip, start, self.seed + 20),
            Initial(bias, Zeros(), self.seed + 21),
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * 6

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        low_re, low_im, high_re, high_im, skip, bias = params
        places = np.arange(self.grid, dtype=np.float64)
        with np.errstate(all="ignore"):
            angles = ((_TWO_PI * places)[None, :] * places[:, None]) / float(self.grid)
            real, imaginary = _transformed(angles, x)
            out_re, out_im = np.zeros((2, self.grid, self.width), np.float64)
            high = slice(self.grid - self.modes, self.grid)
            low = slice(0, self.modes)
            out_re[low], out_im[low] = _mixed(real[low], imaginary[low], low_re, low_im)
            out_re[high], out_im[high] = _mixed(real[high], imaginary[high], high_re, high_im)
            return clamp_at_zero(_restored(angles, out_re, out_im) + (matmul(x, skip) + bias))


@dataclass(frozen=True, slots=True)
class FnoBlock(Layer):
    """`(*spatial, width)`, shape-preserving: two spectral weights `(grid, width, width)`, a skip matrix, a bias."""

    spatial: Shape
    modes: Shape
    width: int
    activation: Activation = Activation.TANH
    seed: int = 0

    label: ClassVar[str] = "FNOBlock"
    libm: ClassVar[tuple[str, ...]] = ("cos", "sin", "tanh")

    def available(self, profile: Profile) -> bool:
        return profile.fno_nd

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if len(self.spatial) != len(self.modes):
            raise SignatureError("FNOBlock: modes and spatial extents differ in rank")
        self._checked((*self.spatial, self.width), input_shape)
        spectral = (size(self.spatial), self.width, self.width)
        return Signature((spectral, spectral, (self.width, self.width), (self.width,)), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        start = Uniform(-0.05, 0.05)
        schemes: tuple[Scheme, ...] = (start, start, start, Zeros())
        return tuple(
            Initial(shape, scheme, self.seed + place)
            for place, (shape, scheme) in enumerate(zip(signature.params, schemes, strict=True))
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * 4

    def _angles(self) -> F64:
        places = list(product(*map(range, self.spatial)))
        phase = np.zeros((len(places), len(places)), np.float64)
        for axis in reversed(range(len(self.spatial))):
            along = np.array([place[axis] for place in places], np.float64)
            phase = (along[None, :] * along[:, None]) / float(self.spatial[axis]) + phase
        return _TWO_PI * phase

    def _kept(self) -> F64:
        def keeps(place: Shape) -> bool:
            return all(c < m or max(n - m, 0) <= c for c, n, m in zip(place, self.spatial, self.modes, strict=True))

        return np.array([float(keeps(place)) for place in product(*map(range, self.spatial))], np.float64)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        w_real, w_imaginary, skip, bias = params
        rows = x.reshape(size(self.spatial), self.width)
        if rows.size == 0:
            return x
        with np.errstate(all="ignore"):
            angles = self._angles()
            real, imaginary = _transformed(angles, rows)
            out_re, out_im = _mixed(real, imaginary, w_real, w_imaginary)
            kept = self._kept()[:, None]
            spectral = _restored(angles, out_re * kept, out_im * kept)
            return _activate(self.activation, spectral + (matmul(rows, skip) + bias)).reshape(x.shape)


@dataclass(frozen=True, slots=True)
class Fno1dComplexBlock(Layer):
    """`(grid, width)`, shape-preserving; only its parameters are comparable over `Float`."""

    grid: int
    width: int
    modes: int
    activation: Activation = Activation.TANH
    seed: int = 0

    label: ClassVar[str] = "FNO1D.block"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if 2 * self.modes > self.grid:
            raise SignatureError(f"{self.modes} modes on either side of {self.grid} frequencies")
        self._checked((self.grid, self.width), input_shape)
        spectral = (self.modes, self.width, self.width)
        return Signature((spectral, spectral, (self.width, self.width), (self.width,)), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return "Layer"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        start = Uniform(-0.05, 0.05)
        low, high, skip, bias = signature.params
        return (
            Initial(low, start, self.seed),
            Initial(high, start, self.seed + 1),
            Initial(skip, start, self.seed + 2),
            Initial(bias, Zeros(), self.seed + 3),
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * 4

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        raise NotComparableError(
            "the complex FNO block is not meaningful over Float: its imaginary unit is sqrt(-1), NaN"
        )


@dataclass(frozen=True, slots=True)
class PointwiseAffine(MatAffine):
    """`pointwiseAffine` of the `Chain` revisions: `matAffine` under a label of its own."""

    def kind_text(self, profile: Profile) -> str:
        return f"PointwiseLinear({self.in_channels}, {self.out_channels})"


@dataclass(frozen=True, slots=True)
class SeededFnoBlock(FnoBlock):
    """The block of the `Chain` revisions: a seed for each weight, and a fast transform unless `path` says dense."""

    seed_imaginary: int = 0
    seed_skip: int = 0
    path: Path = Path.AUTOMATIC

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        start = Uniform(-0.05, 0.05)
        real, imaginary, skip, bias = signature.params
        return (
            Initial(real, start, self.seed),
            Initial(imaginary, start, self.seed_imaginary),
            Initial(skip, start, self.seed_skip),
            Initial(bias, Zeros(), 0),
        )

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if self.path is Path.AUTOMATIC and x.size:
            raise NotComparableError("the order of operations of TorchLean's fast Fourier transform was not traced")
        return super(SeededFnoBlock, self).forward(run, params, x)

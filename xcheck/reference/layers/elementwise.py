"""`relu`, `silu`, `gelu`, `sigmoid`, `tanh`, `square`: one number at a time, no parameters.

GELU is the tanh approximation everywhere; before be55ea0 the runtime composes it with another association than the
pure semantics. From a351909 the logistic function branches on the sign.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/Activations.lean` @b2a2184,
`NN/Runtime/Autograd/Model/Layers/Activations.lean` @3447b74; scalar formulas `NN/Spec/Layers/Activation.lean`
@82bea12, @b2a2184, @3447b74, `NN/Runtime/Autograd/TorchLean/Backend.lean` @82bea12 (composed GELU).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from xcheck.reference import exact
from xcheck.reference.layers.base import Elementwise
from xcheck.reference.operation import Run, Via
from xcheck.reference.profile import Gelu as GeluRule
from xcheck.reference.profile import Logistic, Profile
from xcheck.tensor import F64, Shape

_CUBE: Final = 44715.0 / 1000000.0
_ROOT: Final = math.sqrt(2.0 / math.pi)


def logistic(profile: Profile, x: F64) -> F64:
    """The logistic function as the profile computes it, any shape; the caller silences NumPy's warnings."""
    return exact.logistic(x) if profile.logistic is Logistic.DIRECT else exact.logistic_by_sign(x)


def silu(profile: Profile, x: F64) -> F64:
    """`x * logistic(x)`, any shape."""
    return x * logistic(profile, x)


@dataclass(frozen=True, slots=True)
class Relu(Elementwise):
    """+0.0 where `x <= 0`, else x; NaN stays."""

    label: ClassVar[str] = "ReLU"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return exact.clamp_at_zero(x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Silu(Elementwise):
    """`x * logistic(x)`."""

    label: ClassVar[str] = "SiLU"
    libm: ClassVar[tuple[str, ...]] = ("exp",)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return silu(run.profile, x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.composed(run, 2)


@dataclass(frozen=True, slots=True)
class Gelu(Elementwise):
    """The tanh approximation of GELU."""

    label: ClassVar[str] = "GELU"
    libm: ClassVar[tuple[str, ...]] = ("tanh",)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            if run.profile.gelu is GeluRule.COMPOSED and run.via is not Via.SPEC:
                wave = exact.tanh((x + ((x * x) * x) * _CUBE) * _ROOT)
                return 0.5 * (x * (1.0 + wave))
            wave = exact.tanh(_ROOT * (x + ((_CUBE * x) * x) * x))
            return (x * (1.0 + wave)) / 2.0

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1 if run.profile.gelu is GeluRule.PRIMITIVE else self.composed(run, 11)


@dataclass(frozen=True, slots=True)
class Sigmoid(Elementwise):
    """The logistic function."""

    label: ClassVar[str] = "Sigmoid"
    libm: ClassVar[tuple[str, ...]] = ("exp",)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return logistic(run.profile, x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Tanh(Elementwise):
    """The C library's `tanh`."""

    label: ClassVar[str] = "Tanh"
    libm: ClassVar[tuple[str, ...]] = ("tanh",)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return exact.tanh(x)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Square(Elementwise):
    """`x * x`."""

    label: ClassVar[str] = "Square"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return x * x

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1

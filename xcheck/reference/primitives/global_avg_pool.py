"""`global_avg_pool2d_chw(...)`: the mean of each channel; only before 852c9c6.

The pure semantics divide one row-major sum by `h * w`; the runtime averages over the width, then over the height, so
the last bits can differ between `via spec` and the others.
Source: `NN/GraphSpec/Primitives/Vision.lean`, `NN/Spec/Layers/GlobalPooling.lean`,
`NN/Runtime/Autograd/Torch/Core.lean` @82bea12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xcheck.reference.exact import fold_last
from xcheck.reference.operation import Run, Via
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Kinds, Profile
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class GlobalAvgPool2dChw(Primitive):
    """`(c, h, w)` to `(c,)`."""

    channels: int
    height: int
    width: int

    @property
    def name(self) -> str:
        return f"global_avg_pool2d_chw(c={self.channels},h={self.height},w={self.width})"

    def available(self, profile: Profile) -> bool:
        return profile.global_avg_pool_primitive

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        expected = (self.channels, self.height, self.width)
        if input_shape != expected:
            raise SignatureError(f"{self.name} takes {format_shape(expected)}, got {format_shape(input_shape)}")
        return Signature((), input_shape, (self.channels,))

    def kind(self, profile: Profile) -> str | None:
        return None if profile.kinds is Kinds.NONE else "GlobalAvgPool2d"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            if run.via is Via.SPEC:
                flat = x.reshape(self.channels, self.height * self.width)
                return fold_last(flat) / float(self.height * self.width)
            rows = fold_last(x) / float(self.width)
            return fold_last(rows) / float(self.height)

"""`sum`: every entry to one scalar, row-major from +0.0.

Source: `NN/Runtime/Autograd/TorchLean/NN/Activations.lean` @b2a2184,
`NN/Runtime/Autograd/Model/Layers/Activations.lean` @3447b74; forward `sumSpec` in
`NN/Spec/Core/TensorReductionShape.lean` @82bea12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference import exact
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Sum(Layer):
    """Any shape to a scalar."""

    label: ClassVar[str] = "Sum"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature((), input_shape, ())

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return exact.fold_sum(x.reshape(-1))

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1

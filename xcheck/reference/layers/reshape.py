"""`flatten`, `flattenKeep0` (`flattenBatch`) and the fixed reshapes of composed layers: copies in row-major order.

Source: `NN/Runtime/Autograd/TorchLean/NN/Activations.lean` @b2a2184 (`flatten`), `NN/API/Neural/Builders.lean` @b2a2184
(`FlattenBatch`), `NN/API/Neural/VisionLayers.lean` @b2a2184 (`Reshape`), `NN/Runtime/Autograd/TorchLean/Fno.lean`
@b2a2184 (`ReshapeSpatial`, `RestoreSpatial`, `AddScalarChannel`, `RemoveScalarChannel`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape, size
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """Any shape to `(size,)`; a scalar gives length 1."""

    label: ClassVar[str] = "Flatten"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature((), input_shape, (size(input_shape),))

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return x.reshape(size(x.shape))

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class FlattenKeep0(Layer):
    """`(n, *rest)` to `(n, size(rest))`."""

    label: ClassVar[str] = "FlattenBatch"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if not input_shape:
            raise SignatureError("FlattenBatch takes [n, ...], got []")
        return Signature((), input_shape, (input_shape[0], size(input_shape[1:])))

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return x.reshape(x.shape[0], size(x.shape[1:]))

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Reshape(Layer):
    """A checked reshape between two shapes of one size, under the label its builder gives it."""

    source: Shape
    target: Shape
    name: str = "Reshape"

    def __post_init__(self) -> None:
        if size(self.source) != size(self.target):
            raise ValueError(f"cannot reshape {format_shape(self.source)} to {format_shape(self.target)}")

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if input_shape != self.source:
            raise SignatureError(f"{self.name} takes {format_shape(self.source)}, got {format_shape(input_shape)}")
        return Signature((), self.source, self.target)

    def kind_text(self, profile: Profile) -> str:
        return self.name

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return x.reshape(self.target)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1

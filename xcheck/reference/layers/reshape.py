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
    nd_fourier: bool = False

    def available(self, profile: Profile) -> bool:
        return profile.fno_nd or not self.nd_fourier

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


@dataclass(frozen=True, slots=True)
class GlobalAvgPoolTail(Layer):
    """The reshape behind the average pool of a global pool: keeps the first `kept` axes, the others have extent 1."""

    kept: int

    label: ClassVar[str] = "GlobalAvgPool"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if any(extent != 1 for extent in input_shape[self.kept :]):
            raise SignatureError(f"GlobalAvgPool keeps {self.kept} axes of {format_shape(input_shape)}")
        return Signature((), input_shape, input_shape[: self.kept])

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return x.reshape(x.shape[: self.kept])

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class FlattenAfter(Layer):
    """`(*batch, *rest)` to `(*batch, size(rest))` (`Chain` revisions, `NN/API/Neural/Impl.lean` @3447b74)."""

    batch: Shape

    label: ClassVar[str] = "FlattenAfter"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        kept = len(self.batch)
        if input_shape[:kept] != self.batch:
            raise SignatureError(f"FlattenAfter keeps {format_shape(self.batch)}, got {format_shape(input_shape)}")
        return Signature((), input_shape, (*self.batch, size(input_shape[kept:])))

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return x.reshape(*self.batch, size(x.shape[len(self.batch) :]))


def vector_to_matrix(grid: int) -> Reshape:
    """`(grid,)` to `(grid, 1)`, without a kind of its own."""
    return Reshape((grid,), (grid, 1), "Layer")


def matrix_to_vector(grid: int) -> Reshape:
    """`(grid, 1)` to `(grid,)`, without a kind of its own."""
    return Reshape((grid, 1), (grid,), "Layer")


def flatten_spatial(spatial: Shape, channels: int) -> Reshape:
    """`(*spatial, channels)` to `(grid, channels)`."""
    return Reshape((*spatial, channels), (size(spatial), channels), "ReshapeSpatial", True)


def restore_spatial(spatial: Shape, channels: int) -> Reshape:
    """`(grid, channels)` to `(*spatial, channels)`."""
    return Reshape((size(spatial), channels), (*spatial, channels), "RestoreSpatial", True)


def add_scalar_channel(spatial: Shape) -> Reshape:
    """`spatial` to `(*spatial, 1)`."""
    return Reshape(spatial, (*spatial, 1), "AddScalarChannel", True)


def remove_scalar_channel(spatial: Shape) -> Reshape:
    """`(*spatial, 1)` to `spatial`."""
    return Reshape((*spatial, 1), spatial, "RemoveScalarChannel", True)

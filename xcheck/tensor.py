"""A tensor as it crosses every boundary of the project: a shape and the bits of its elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Shape: TypeAlias = tuple[int, ...]
Bits: TypeAlias = npt.NDArray[np.uint64]
F64: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A binary64 tensor held as bits.

    `shape` is outermost dimension first (`()` is a scalar, zero dimensions are legal);
    `bits` is a flat, row-major, read-only `uint64` array of `prod(shape)` elements.
    Equality compares shape and bits, so two NaNs with different payloads are different here.

    Raises `ValueError` when the element count does not match the shape or the dtype is not `uint64`.
    """

    shape: Shape
    bits: Bits

    def __post_init__(self) -> None:
        if self.bits.dtype != np.uint64 or self.bits.ndim != 1:
            raise ValueError(f"a tensor's bits are a flat uint64 array, got {self.bits.dtype} of rank {self.bits.ndim}")
        count = 1
        for extent in self.shape:
            count *= extent
        if self.bits.size != count:
            raise ValueError(f"shape {list(self.shape)} has {count} elements, got {self.bits.size}")
        self.bits.flags.writeable = False

    @property
    def values(self) -> F64:
        """The same memory as a `float64` array of this shape (read-only)."""
        return self.bits.view(np.float64).reshape(self.shape)

    @classmethod
    def of(cls, values: F64) -> Tensor:
        """The tensor of a `float64` array; its memory is shared where it is already contiguous."""
        if values.dtype != np.float64:
            raise ValueError(f"tensor values are float64, got {values.dtype}")
        flat = np.ascontiguousarray(values).reshape(-1)
        return cls(values.shape, flat.view(np.uint64).view())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tensor):
            return NotImplemented
        return self.shape == other.shape and bool(np.array_equal(self.bits, other.bits))

    def __hash__(self) -> int:
        return hash((self.shape, self.bits.tobytes()))

    def __repr__(self) -> str:
        return f"Tensor(shape={list(self.shape)}, {self.bits.size} x binary64)"

"""What a TorchLean parameter file holds: a tag, and tensors of 64- or 32-bit words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from xcheck.reference.shape import format_shape, size
from xcheck.tensor import Shape, Tensor

Words: TypeAlias = npt.NDArray[np.uint64] | npt.NDArray[np.uint32]


class Dtype(StrEnum):
    """The element type of a parameter file."""

    F64 = "f64"
    F32 = "f32"


class Tag(StrEnum):
    """A format, by its JSON tag or its magic."""

    PARAM_LIST = "torchlean_paramlist_bits_v1"
    STATE = "torchlean_state_bits_v1"
    STATE_F32 = "torchlean_state_float32_bits_v1"
    PARAM_STREAM = "TLPF32B"
    STATE_STREAM = "TLSF32B"

    @property
    def dtype(self) -> Dtype:
        """The element type the format holds."""
        return Dtype.F64 if self in (Tag.PARAM_LIST, Tag.STATE) else Dtype.F32

    @property
    def streamed(self) -> bool:
        """Whether it is a binary stream."""
        return self in (Tag.PARAM_STREAM, Tag.STATE_STREAM)

    @property
    def list_key(self) -> str:
        """The JSON key of the tensor list."""
        return "params" if self is Tag.PARAM_LIST else "state"


@dataclass(frozen=True, slots=True, eq=False)
class StoredTensor:
    """One tensor of a file: its shape and its words, flat, row-major and read-only, `uint64` or `uint32`."""

    shape: Shape
    words: Words

    def __post_init__(self) -> None:
        if self.words.ndim != 1 or self.words.size != size(self.shape):
            raise ValueError(f"shape {format_shape(self.shape)} has {size(self.shape)} words, got {self.words.size}")
        self.words.flags.writeable = False

    @property
    def tensor(self) -> Tensor:
        """The same values as a binary64 tensor; binary32 values widen exactly."""
        if self.words.dtype == np.uint64:
            return Tensor(self.shape, self.words.astype(np.uint64, copy=False))
        with np.errstate(invalid="ignore"):
            wide = self.words.view(np.float32).astype(np.float64)
        return Tensor(self.shape, wide.view(np.uint64))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredTensor):
            return NotImplemented
        same = self.shape == other.shape and self.words.dtype == other.words.dtype
        return same and bool(np.array_equal(self.words, other.words))

    def __hash__(self) -> int:
        return hash((self.shape, self.words.tobytes()))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole parameter file. `tag` is the JSON tag or the magic, `version` the stream's version (1 for JSON)."""

    tensors: tuple[StoredTensor, ...]
    tag: Tag
    version: int = 1

    @property
    def dtype(self) -> Dtype:
        """The element type."""
        return self.tag.dtype

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The tensors' shapes in order."""
        return tuple(tensor.shape for tensor in self.tensors)

    @classmethod
    def of(cls, tensors: Sequence[Tensor], tag: Tag) -> Checkpoint:
        """A checkpoint of binary64 tensors.

        Raises `ValueError` for a float32 tag where a value does not survive the narrowing.
        """
        stored: list[StoredTensor] = []
        for tensor in tensors:
            if tag.dtype is Dtype.F64:
                stored.append(StoredTensor(tensor.shape, tensor.bits))
                continue
            with np.errstate(all="ignore"):
                narrow = tensor.values.reshape(-1).astype(np.float32)
                back = narrow.astype(np.float64)
            if not np.array_equal(back, tensor.values.reshape(-1), equal_nan=True):
                raise ValueError(f"a value of {format_shape(tensor.shape)} is not a float32, so {tag} cannot hold it")
            stored.append(StoredTensor(tensor.shape, narrow.view(np.uint32)))
        return cls(tuple(stored), tag, 2 if tag is Tag.PARAM_STREAM else 1)

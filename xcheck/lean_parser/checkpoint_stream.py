"""The float32 streams: magic, version, tensor count, then per tensor rank, extents, element count and payload.

All integers are 64-bit and, like the values, little-endian; there is no padding and nothing after the last tensor.
Source: `NN/Runtime/Autograd/TorchLean/ParamIO.lean`, `NN/Runtime/Autograd/Torch/Core/CheckpointIO.lean` @b2a2184
(`TLPF32B` version 2); `NN/Runtime/Autograd/Model/StateIO.lean` @3447b74 (`TLSF32B` version 1).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from xcheck.lean_parser.checkpoint_errors import (
    TrailingDataError,
    TruncatedCheckpointError,
    WrongShapeError,
    WrongVersionError,
)
from xcheck.lean_parser.checkpoint_types import Checkpoint, StoredTensor, Tag
from xcheck.reference.shape import format_shape, size

MAGIC_SIZE: Final = 7
VERSIONS: Final[Mapping[Tag, int]] = {Tag.PARAM_STREAM: 2, Tag.STATE_STREAM: 1}


def tag_of(start: bytes) -> Tag | None:
    """The stream whose magic the file starts with, or None."""
    for tag in VERSIONS:
        if start.startswith(tag.encode()):
            return tag
    return None


def read(path: Path, tag: Tag) -> Iterator[StoredTensor]:
    """The tensors one at a time; raises `WrongVersionError`, `TruncatedCheckpointError`, `WrongShapeError` or
    `TrailingDataError`.
    """
    with path.open("rb") as file:
        file.seek(MAGIC_SIZE)
        left = os.fstat(file.fileno()).st_size
        version = _natural(path, file, "the version")
        if version != VERSIONS[tag]:
            raise WrongVersionError(path, f"{tag} version {version}, only version {VERSIONS[tag]} is known", MAGIC_SIZE)
        count = _natural(path, file, "the tensor count")
        for place in range(count):
            rank = _natural(path, file, f"the rank of tensor {place}")
            if rank * 8 > left - file.tell():
                raise TruncatedCheckpointError(
                    path, f"tensor {place} of rank {rank} does not fit the file", file.tell()
                )
            shape = tuple(_natural(path, file, f"the shape of tensor {place}") for _ in range(rank))
            at = file.tell()
            elements = _natural(path, file, f"the element count of tensor {place}")
            if elements != size(shape):
                wanted = f"has {size(shape)} elements, the file says {elements}"
                raise WrongShapeError(path, f"tensor {place} of shape {format_shape(shape)} {wanted}", at)
            if elements * 4 > left - file.tell():
                held = (left - file.tell()) // 4
                raise TruncatedCheckpointError(path, f"tensor {place} has {held} of {elements} elements", left)
            words = np.fromfile(file, "<u4", elements).astype(np.uint32, copy=False)
            yield StoredTensor(shape, words)
        if file.tell() != left:
            raise TrailingDataError(path, f"{left - file.tell()} bytes after the last of {count} tensors", file.tell())


def _natural(path: Path, file: BinaryIO, what: str) -> int:
    raw = file.read(8)
    if len(raw) != 8:
        raise TruncatedCheckpointError(path, f"the file ends within {what}", file.tell())
    value: int = struct.unpack("<Q", raw)[0]
    return value


def write(file: BinaryIO, checkpoint: Checkpoint) -> None:
    """Writes the stream, tensor by tensor."""
    file.write(checkpoint.tag.encode())
    file.write(struct.pack("<QQ", checkpoint.version, len(checkpoint.tensors)))
    for tensor in checkpoint.tensors:
        header = (len(tensor.shape), *tensor.shape, tensor.words.size)
        file.write(struct.pack(f"<{len(header)}Q", *header))
        file.write(tensor.words.astype("<u4", copy=False).tobytes())

"""TorchLean's own parameter files, read and written bit for bit.

| tag | file | element |
|---|---|---|
| `torchlean_paramlist_bits_v1` | JSON, list under `params` | binary64 word |
| `torchlean_state_bits_v1` | JSON, list under `state` | binary64 word |
| `torchlean_state_float32_bits_v1` | JSON, list under `state` | binary32 word |
| `TLPF32B` | binary stream, version 2 | binary32 |
| `TLSF32B` | binary stream, version 1 | binary32 |

Tensors carry no names; they stand in parameter order. Sources: `NN/Runtime/Autograd/TorchLean/ParamIO.lean`,
`NN/Runtime/Autograd/Torch/Core/CheckpointIO.lean` @b2a2184; `NN/Runtime/Autograd/Model/StateIO.lean` @3447b74,
`StateIO/Encoding.lean` @3826ddc.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from xcheck.lean_parser import checkpoint_json, checkpoint_stream
from xcheck.lean_parser.checkpoint_errors import (
    CheckpointError,
    MalformedCheckpointError,
    NonCanonicalNanError,
    NotACheckpointError,
    OutOfRangeWordError,
    TrailingDataError,
    TruncatedCheckpointError,
    WrongShapeError,
    WrongTagError,
    WrongVersionError,
)
from xcheck.lean_parser.checkpoint_types import Checkpoint, Dtype, StoredTensor, Tag
from xcheck.reference.shape import format_shape
from xcheck.tensor import Shape

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Dtype",
    "MalformedCheckpointError",
    "NonCanonicalNanError",
    "NotACheckpointError",
    "OutOfRangeWordError",
    "StoredTensor",
    "Tag",
    "TrailingDataError",
    "TruncatedCheckpointError",
    "WrongShapeError",
    "WrongTagError",
    "WrongVersionError",
    "iter_checkpoint",
    "read_checkpoint",
    "write_checkpoint",
]


def iter_checkpoint(path: Path | str) -> Iterator[StoredTensor]:
    """The tensors of a parameter file one at a time; the format is found out from its first bytes.

    Only one tensor is held at a time. Raises the subclass of `CheckpointError` that fits, possibly after some tensors.
    """
    path = Path(path)
    yield from _reader(path)[2]


def read_checkpoint(path: Path | str, expected: Sequence[Shape] | None = None) -> Checkpoint:
    """A whole parameter file; with `expected`, its tensors must have these shapes in this order.

    Raises `OSError`, or the subclass of `CheckpointError` that fits.
    """
    path = Path(path)
    tag, version, tensors = _reader(path)
    checkpoint = Checkpoint(tuple(tensors), tag, version)
    if expected is not None:
        _check_shapes(path, checkpoint.shapes, tuple(expected))
    return checkpoint


def write_checkpoint(path: Path | str, checkpoint: Checkpoint, pretty: bool = True) -> None:
    """Writes the file that TorchLean writes for these tensors; `pretty` chooses the multi-line JSON, as Lean does.

    Raises `OSError`; a file of that name is then left as it was.
    """
    path = Path(path)
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            if checkpoint.tag.streamed:
                checkpoint_stream.write(file, checkpoint)
            else:
                checkpoint_json.write(file, checkpoint, pretty)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _reader(path: Path) -> tuple[Tag, int, Iterator[StoredTensor]]:
    """The format of a file, found out from its first bytes, and its tensors."""
    with path.open("rb") as file:
        start = file.read(checkpoint_json.LOOK)
    if not start:
        raise TruncatedCheckpointError(path, "the file is empty", 0)
    stream = checkpoint_stream.tag_of(start)
    if stream is not None:
        return stream, checkpoint_stream.VERSIONS[stream], checkpoint_stream.read(path, stream)
    if start.lstrip()[:1] == b"{":
        tag = checkpoint_json.tag_of(path)
        return tag, 1, checkpoint_json.read(path, tag)
    if len(start) < checkpoint_stream.MAGIC_SIZE and any(tag.encode().startswith(start) for tag in Tag if tag.streamed):
        raise TruncatedCheckpointError(path, "the file ends within its magic", len(start))
    shown = start[: checkpoint_stream.MAGIC_SIZE]
    raise NotACheckpointError(path, f"neither a TorchLean stream nor JSON: it starts with {shown!r}", 0)


def _check_shapes(path: Path, found: tuple[Shape, ...], expected: tuple[Shape, ...]) -> None:
    for place, (mine, wanted) in enumerate(zip(found, expected, strict=False)):
        if mine != wanted:
            message = f"tensor {place} has shape {format_shape(mine)}, expected {format_shape(wanted)}"
            raise WrongShapeError(path, message)
    if len(found) != len(expected):
        raise WrongShapeError(path, f"{len(found)} tensors, expected {len(expected)}")

"""The JSON parameter files, scanned in chunks: values go to words block by block, so a large file needs little memory.

Layout: `{"format": TAG, LIST: [{"shape": [...], "values": [...]}, ...]}` with LIST `params` or `state`. Lean's
multi-line writer prints an object's keys in descending order, so the tag may stand last and the values before their
shape; its compact writer prints them ascending. Both are read, and written byte for byte.
Source: `NN/Runtime/Autograd/TorchLean/ParamIO.lean` @b2a2184, `NN/Runtime/Autograd/Model/StateIO.lean` @3447b74,
`StateIO/Encoding.lean` @3826ddc; layout of the JSON text: Lean's own `Lean.Json.pretty` and `Lean.Json.compress`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import numpy as np
import numpy.typing as npt

from xcheck.lean_parser.checkpoint_errors import (
    MalformedCheckpointError,
    NonCanonicalNanError,
    OutOfRangeWordError,
    TrailingDataError,
    TruncatedCheckpointError,
    WrongShapeError,
    WrongTagError,
)
from xcheck.lean_parser.checkpoint_types import Checkpoint, Dtype, StoredTensor, Tag, Words
from xcheck.lean_parser.lean_json import Json, compress, pretty
from xcheck.reference.shape import format_shape, size
from xcheck.tensor import Shape

LOOK: Final = 4096  # bytes at either end in which the tag is looked for
_CHUNK: Final = 1 << 20
_FORMAT: Final = re.compile(rb'"format"\s*:\s*"([^"\\]*)"')
_CANONICAL: Final = {Dtype.F64: 0x7FF8_0000_0000_0000, Dtype.F32: 0x7FC0_0000}
_INTEGERS: Final = msgspec.json.Decoder(list[int])


def tag_of(path: Path) -> Tag:
    """The file's tag, from its first or last bytes; raises `WrongTagError` for another, `MalformedCheckpointError`
    or `TruncatedCheckpointError` where there is none.
    """
    with path.open("rb") as file:
        length = os.fstat(file.fileno()).st_size
        start = file.read(LOOK)
        file.seek(max(0, length - LOOK))
        end = file.read(LOOK)
    found = _FORMAT.search(start) or _FORMAT.search(end)
    if found is None:
        if not end.rstrip().endswith(b"}"):
            raise TruncatedCheckpointError(path, "the file ends before its format tag", length)
        raise MalformedCheckpointError(path, "no format tag at either end of the file")
    return _known(path, found[1])


def _known(path: Path, name: bytes) -> Tag:
    for tag in Tag:
        if not tag.streamed and tag.encode() == name:
            return tag
    known = ", ".join(tag for tag in Tag if not tag.streamed)
    raise WrongTagError(path, f"format {name.decode('utf-8', 'replace')!r} is not one of {known}")


def read(path: Path, tag: Tag) -> Iterator[StoredTensor]:
    """The tensors one at a time; raises the subclass of `CheckpointError` that fits."""
    with path.open("rb") as file:
        yield from _Scanner(path, file, tag).tensors()


def write(file: BinaryIO, checkpoint: Checkpoint, multi_line: bool) -> None:
    """Writes the text that Lean writes: without a final line break."""
    records: list[Json] = [{"shape": tensor.shape, "values": tensor.words} for tensor in checkpoint.tensors]
    document: Json = {"format": str(checkpoint.tag), checkpoint.tag.list_key: records}
    for piece in pretty(document) if multi_line else compress(document):
        file.write(piece.encode())


class _Scanner:
    """One pass over the file with a window of at most a few chunks."""

    def __init__(self, path: Path, file: BinaryIO, tag: Tag) -> None:
        self._path = path
        self._file = file
        self._tag = tag
        self._window = b""
        self._at = 0
        self._dropped = 0

    def tensors(self) -> Iterator[StoredTensor]:
        seen: set[bytes] = set()
        for key in self._members():
            if key in seen:
                raise self._malformed(f"the key {_text(key)} appears twice")
            seen.add(key)
            if key == b"format":
                if _known(self._path, self._string()) is not self._tag:
                    raise self._malformed("two different format tags")
            elif key == self._tag.list_key.encode():
                yield from self._records()
            else:
                raise self._malformed(f"unknown key {_text(key)}")
        missing = {b"format", self._tag.list_key.encode()} - seen
        if missing:
            raise self._malformed(f"the key {_text(min(missing))} is missing")
        if self._peek(end=True) != b"":
            raise TrailingDataError(self._path, "something follows the closing brace", self._offset())

    def _records(self) -> Iterator[StoredTensor]:
        self._expect(b"[")
        if self._take(b"]"):
            return
        place = 0
        while True:
            yield self._record(place)
            place += 1
            if not self._take(b","):
                self._expect(b"]")
                return

    def _record(self, place: int) -> StoredTensor:
        shape: Shape | None = None
        words: npt.NDArray[np.uint64] | None = None
        for key in self._members():
            if key == b"shape" and shape is None:
                shape = tuple(self._integers().tolist())
            elif key == b"values" and words is None:
                words = self._integers()
            else:
                raise self._malformed(f"tensor {place}: unexpected key {_text(key)}")
        if shape is None or words is None:
            raise self._malformed(f"tensor {place}: the {'shape' if shape is None else 'values'} are missing")
        if words.size != size(shape):
            wanted = f"has {size(shape)} elements, the file holds {words.size}"
            raise WrongShapeError(self._path, f"tensor {place} of shape {format_shape(shape)} {wanted}", self._offset())
        return StoredTensor(shape, self._narrowed(place, words))

    def _narrowed(self, place: int, words: npt.NDArray[np.uint64]) -> Words:
        dtype = self._tag.dtype
        stored: Words = words
        if dtype is Dtype.F32:
            if words.size and int(words.max()) >= 1 << 32:
                first = int(np.flatnonzero(words >= 1 << 32)[0])
                message = f"tensor {place}, element {first}: {int(words[first])} is not a 32-bit word"
                raise OutOfRangeWordError(self._path, message)
            stored = words.astype(np.uint32)
        if self._tag is not Tag.PARAM_LIST:
            values = stored.view(np.float64 if dtype is Dtype.F64 else np.float32)
            odd = np.flatnonzero(np.isnan(values) & (stored != _CANONICAL[dtype]))
            if odd.size:
                message = f"tensor {place}, element {int(odd[0])}: the NaN {int(stored[odd[0]]):#x} is not Lean's"
                raise NonCanonicalNanError(self._path, message)
        return stored

    def _members(self) -> Iterator[bytes]:
        """The keys of an object; the caller reads each value before asking for the next key."""
        self._expect(b"{")
        if self._take(b"}"):
            return
        while True:
            self._peek()
            key = self._string()
            self._expect(b":")
            yield key
            if not self._take(b","):
                self._expect(b"}")
                return

    def _integers(self) -> npt.NDArray[np.uint64]:
        """An array of naturals below 2^64, decoded a chunk at a time."""
        self._expect(b"[")
        if self._take(b"]"):
            return np.zeros(0, np.uint64)
        blocks: list[npt.NDArray[np.uint64]] = []
        while True:
            end = self._window.find(b"]", self._at)
            if end >= 0:
                blocks.append(self._decoded(self._window[self._at : end]))
                self._at = end + 1
                return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
            comma = self._window.rfind(b",", self._at)
            if comma >= 0:
                blocks.append(self._decoded(self._window[self._at : comma]))
                self._at = comma + 1
            elif len(self._window) - self._at > _CHUNK:
                raise self._malformed("a number longer than a chunk")
            self._refill("an array")

    def _decoded(self, piece: bytes) -> npt.NDArray[np.uint64]:
        try:
            integers = _INTEGERS.decode(b"[" + piece + b"]")
            return np.array(integers, np.uint64)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            raise self._malformed(f"not a list of naturals: {fault}") from None
        except OverflowError:
            outside = next(value for value in integers if not 0 <= value < 1 << 64)
            raise OutOfRangeWordError(self._path, f"{outside} is not a 64-bit word", self._offset()) from None

    def _string(self) -> bytes:
        """A string without escapes, which is all that keys and tags are."""
        if not self._take(b'"'):
            raise self._malformed("expected a string")
        while True:
            end = self._window.find(b'"', self._at)
            if end >= 0:
                text = self._window[self._at : end]
                self._at = end + 1
                return text
            if len(self._window) - self._at > LOOK:
                raise self._malformed("an unclosed string")
            self._refill("a string")

    def _peek(self, end: bool = False) -> bytes:
        """The next byte that is not white space; at the end of the file `b""` if that may be."""
        while True:
            while self._at < len(self._window) and self._window[self._at : self._at + 1] in (b" ", b"\n", b"\t", b"\r"):
                self._at += 1
            if self._at < len(self._window):
                return self._window[self._at : self._at + 1]
            if not self._more():
                if end:
                    return b""
                raise TruncatedCheckpointError(self._path, "the file ends too early", self._offset())

    def _take(self, byte: bytes) -> bool:
        if self._peek() != byte:
            return False
        self._at += 1
        return True

    def _expect(self, byte: bytes) -> None:
        if not self._take(byte):
            found = self._window[self._at : self._at + 1]
            raise self._malformed(f"expected {_text(byte)}, found {_text(found)}")

    def _refill(self, what: str) -> None:
        if not self._more():
            raise TruncatedCheckpointError(self._path, f"the file ends within {what}", self._offset())

    def _more(self) -> bool:
        chunk = self._file.read(_CHUNK)
        self._dropped += self._at
        self._window = self._window[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _offset(self) -> int:
        return self._dropped + self._at

    def _malformed(self, message: str) -> MalformedCheckpointError:
        return MalformedCheckpointError(self._path, message, self._offset())


def _text(raw: bytes) -> str:
    return repr(raw.decode("utf-8", "replace"))

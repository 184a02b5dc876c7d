"""Data inside the page: compressed, as text that no HTML parser can mistake, and never more than a budget of it."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from xcheck.compare.result import ElementMap
from xcheck.report.page.shown import Plain

# Base64 characters in the page. With the chart library (0.4 MB) and the rows of 20,000 cases it stays below 5 MB.
DETAIL_BUDGET: Final = 1_500_000
MAP_BUDGET: Final = 2_000_000
_CHUNK: Final = 1 << 16  # bytes of details that are unpacked together


@dataclass(frozen=True, slots=True)
class Chunk:
    """The details of `count` consecutive cases; `first` is the number of the first among all that have details."""

    first: int
    count: int
    data: str


def packed(data: bytes) -> str:
    """Compressed by zlib (which, unlike gzip, has no header that differs by platform), as base64."""
    return b64encode(zlib.compress(data, 9)).decode("ascii")


def packed_json(value: Plain) -> str:
    """The value as compact JSON, packed."""
    return packed(_json(value))


def packed_details(details: Iterable[Plain], budget: int = DETAIL_BUDGET) -> tuple[Chunk, ...]:
    """As many of the details, from the first on, as the budget has room for."""
    chunks: list[Chunk] = []
    first = 0
    for bunch in _bunches(map(_json, details)):
        data = packed(b"[" + b",".join(bunch) + b"]")
        budget -= len(data)
        if budget < 0:
            break
        chunks.append(Chunk(first, len(bunch), data))
        first += len(bunch)
    return tuple(chunks)


def packed_maps(maps: Sequence[ElementMap], budget: int = MAP_BUDGET) -> tuple[str, ...]:
    """As many of the maps, from the first on, as the budget has room for."""
    found: list[str] = []
    for cells in maps:
        data = packed(map_bytes(cells))
        budget -= len(data)
        if budget < 0:
            break
        found.append(data)
    return tuple(found)


def map_bytes(cells: ElementMap) -> bytes:
    """A map as the page's `maps.js` reads it: five counts, then columns of little-endian `uint64`.

    The columns are Lean's bits, those bits exclusive-or the reference's (mostly zeros, which pack well), and, where a
    cell stands for several elements, the elements' numbers and how many of each cell differ.
    """
    lean, reference = (int.from_bytes(side, "little") for side in (cells.lean, cells.reference))
    counts = b"".join(count.to_bytes(8, "little") for count in cells.counts)
    head = (cells.rows, cells.columns, cells.block_rows, cells.block_columns, len(cells.lean) // 8)
    numbers = b"".join(number.to_bytes(8, "little") for number in head)
    return b"".join((numbers, cells.lean, (lean ^ reference).to_bytes(len(cells.lean), "little"), cells.places, counts))


def _bunches(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The texts in order, so many at a time that they make a chunk."""
    bunch: list[bytes] = []
    size = 0
    for text in texts:
        bunch.append(text)
        size += len(text)
        if size >= _CHUNK:
            yield bunch
            bunch, size = [], 0
    if bunch:
        yield bunch


def _json(value: Plain) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode("ascii")

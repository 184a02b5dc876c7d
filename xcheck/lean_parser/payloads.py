"""Long payloads are decoded before the lexer runs, so that no regular expression walks over megabytes of digits.

Each becomes a short reference `0x#K` in the text. The offsets of everything else can be mapped back, so messages still
point into the file as it is. A payload that does not decode is left alone: the grammar then says what is wrong with it.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np

from xcheck.tensor import Bits

REFERENCE: Final = "0x#"
_REFERENCE: Final = re.compile(REFERENCE + "([0-9]+) ")
_LONG: Final = 1024  # digits; below this the lexer is as fast
_AFTER: Final = b" \t\r,]"


@dataclass(frozen=True, slots=True)
class Compact:
    """The shortened bytes, the decoded payloads, and where text was cut.

    `ends[k]` is the offset just after reference k in `data`, `removed[k]` how many bytes are missing up to there.
    """

    data: bytes
    payloads: tuple[bytes, ...]
    ends: tuple[int, ...]
    removed: tuple[int, ...]

    def original(self, offset: int) -> int:
        """The offset in the file of a character at `offset` of the shortened text."""
        cuts = bisect_right(self.ends, offset)
        return offset + self.removed[cuts - 1] if cuts else offset

    def digits(self, reference: str) -> int:
        """How many hex digits the referenced payload has."""
        return 2 * len(self.payloads[int(reference[len(REFERENCE) :])])

    def words(self, reference: str) -> Bits:
        """The referenced payload as `uint64`, most significant digit first in the file."""
        return np.frombuffer(self.payloads[int(reference[len(REFERENCE) :])], ">u8").astype(np.uint64)

    def restored(self, text: str) -> str:
        """`text` with its references written out again (a string literal may quote a payload)."""
        return _REFERENCE.sub(lambda match: f"0x{self.payloads[int(match[1])].hex()}", text)


def compact(data: bytes) -> Compact:
    """Cut the long payloads out of an export's bytes."""
    pieces: list[bytes] = []
    payloads: list[bytes] = []
    ends: list[int] = []
    removed: list[int] = []
    # A file that contains a reference of its own is not an export; the grammar shall see it as it is.
    start = -1 if REFERENCE.encode() in data else data.find(b"0x")
    copied = length = 0
    view = memoryview(data)
    while start >= 0:
        first = start + 2
        line_end = data.find(b"\n", first)
        last = line_end if line_end >= 0 else len(data)
        if last - first < _LONG:
            start = data.find(b"0x", first)
            continue
        while last > first and data[last - 1] in _AFTER:
            last -= 1
        payload = _decoded(view[first:last]) if last - first >= _LONG else None
        if payload is not None:
            pieces.append(data[copied:start])
            # The trailing space keeps a reference from running into what follows it.
            pieces.append(f"{REFERENCE}{len(payloads)} ".encode())
            payloads.append(payload)
            length += len(pieces[-2]) + len(pieces[-1])
            ends.append(length)
            removed.append(last - length)
            copied = last
        start = data.find(b"0x", last)
    if not payloads:
        return Compact(data, (), (), ())
    pieces.append(data[copied:])
    return Compact(b"".join(pieces), tuple(payloads), tuple(ends), tuple(removed))


def _decoded(digits: memoryview) -> bytes | None:
    """The bytes of a run of lower-case hex digits, None if it is not one."""
    try:
        payload = binascii.unhexlify(digits)
    except (binascii.Error, ValueError):
        return None
    if len(payload) % 8:
        return None
    upper = np.frombuffer(digits, np.uint8)
    # Upper-case digits lie between 'A' and 'F'; decimal digits below, lower-case ones above.
    block = 1 << 16
    for start in range(0, upper.size, block):
        piece = upper[start : start + block]
        if ((piece - np.uint8(ord("A"))) < np.uint8(6)).any():
            return None
    return payload

"""What the paths of a command line stand for: exports, folders of them, or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.records import Export

STDIN: Final = "-"
SUFFIX: Final = ".tlx"
_MAGICS: Final = (b"TLPF32B", b"TLSF32B")


class NoInputError(Exception):
    """A path that names nothing to read; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One export to read: a path, or `-` for standard input."""

    path: str

    def read(self) -> Export:
        """The export; raises `ExportError`."""
        if self.path == STDIN:
            return parse_export(sys.stdin.buffer.read(), "<stdin>")
        return read_export(Path(self.path))


def sources_of(paths: Iterable[str]) -> list[Source]:
    """The exports behind some paths, folders searched in sorted order.

    Raises `NoInputError` for a folder without an export. A missing file is found when it is read.
    """
    found: list[Source] = []
    for path in paths:
        place = Path(path)
        if path != STDIN and place.is_dir():
            inside = sorted(str(file) for file in place.rglob(f"*{SUFFIX}") if file.is_file())
            if not inside:
                raise NoInputError(f"{path}: the folder has no {SUFFIX} file")
            found += map(Source, inside)
        else:
            found.append(Source(path))
    return found


def is_parameter_file(path: str) -> bool:
    """Whether a file begins as one of TorchLean's parameter files does."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(64)
    except OSError:
        return False
    return start.startswith(_MAGICS) or start.lstrip()[:1] == b"{"

"""What the paths of a command line stand for: exports, fixture sets, folders of either, or standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xcheck.fixtures.errors import FixtureError
from xcheck.fixtures.manifest import NAME as MANIFEST
from xcheck.fixtures.manifest import read_manifest
from xcheck.lean_parser.errors import ParseError
from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.records import Export

if TYPE_CHECKING:
    from xcheck.fixtures.read import FixtureSet

STDIN: Final = "-"
SUFFIX: Final = ".tlx"
_MAGICS: Final = (b"TLPF32B", b"TLSF32B")

# What reading a source may raise: its text is the whole message.
READ_ERRORS: Final = (ParseError, FixtureError)


class NoInputError(Exception):
    """A path that names nothing to read; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One export to read: a path, `-` for standard input, or export number `origin` of the fixture set at `path`."""

    path: str
    origin: int | None = None

    @property
    def stored(self) -> bool:
        """Whether it is part of a fixture set."""
        return self.origin is not None

    def read(self) -> Export:
        """The export; raises `ExportError` or `FixtureError`."""
        if self.origin is not None:
            return self.open().export(self.origin)
        if self.path == STDIN:
            return parse_export(sys.stdin.buffer.read(), "<stdin>")
        return read_export(Path(self.path))

    def open(self) -> FixtureSet:
        """The fixture set it is part of, verified; raises `FixtureError`."""
        # pyarrow takes a third of a second to import, which an export does not need.
        from xcheck.fixtures.read import open_set

        return open_set(Path(self.path))


def sources_of(paths: Iterable[str]) -> list[Source]:
    """The exports behind some paths, folders searched in sorted order, a fixture set as its exports.

    Raises `NoInputError` for a folder with neither. A missing or broken file is found when it is read.
    """
    found: list[Source] = []
    for path in paths:
        place = Path(path)
        if path == STDIN or not place.is_dir():
            found.append(Source(path))
            continue
        inside = list(_inside(place))
        if not inside:
            raise NoInputError(f"{path}: the folder has no {SUFFIX} file and no {MANIFEST}")
        found += inside
    return found


def _inside(folder: Path) -> Iterator[Source]:
    """The sources of a folder; a set is taken as a whole, whatever else lies in it."""
    if (folder / MANIFEST).exists():
        yield from _exports_of_set(folder)
        return
    if not any(folder.glob(f"*{SUFFIX}")) and any(folder.glob("*.parquet")):
        # A set that has lost its manifest: reading it says so.
        yield Source(str(folder), 0)
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.name.startswith("."):
            yield from _inside(entry)
        elif entry.suffix == SUFFIX and (entry.is_file() or entry.is_symlink()):
            # A link that leads nowhere is a source too: reading it says so.
            yield Source(str(entry))


def _exports_of_set(folder: Path) -> Iterator[Source]:
    try:
        count = len(read_manifest(folder).origins)
    except FixtureError:
        # Reading the source raises the same again, where it becomes that source's error.
        count = 1
    yield from (Source(str(folder), origin) for origin in range(max(count, 1)))


def is_parameter_file(path: str) -> bool:
    """Whether a file begins as one of TorchLean's parameter files does."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(64)
    except OSError:
        return False
    return start.startswith(_MAGICS) or start.lstrip()[:1] == b"{"

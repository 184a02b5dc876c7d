"""Sources cut into pieces of work: some cases each, in order, whatever the source is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcheck.compare.check import Options, profile_for
from xcheck.compare.result import FileResult
from xcheck.compare.stretches import stretches
from xcheck.fixtures.encode import Encoder, Tables
from xcheck.fixtures.read import CHUNK_CASES, FixtureSet, open_set
from xcheck.inputs import READ_ERRORS, STDIN, Source
from xcheck.lean_parser.records import Export
from xcheck.reference.profile import UnknownProfileError

_SMALL: Final = 1 << 20
_LARGE: Final = 1 << 26


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A whole export, not yet parsed."""

    path: str
    text: bytes


@dataclass(frozen=True, slots=True)
class CasesPiece:
    """Some cases as tables, and the profile to replay them with."""

    path: str
    profile: str
    names: tuple[str, ...]
    tables: Tables


@dataclass(frozen=True, slots=True)
class Start:
    """A source begins: what its `FileResult` has besides the cases of the pieces that follow."""

    empty: FileResult


class Sets:
    """The sets opened in one run, each verified once though it holds several exports."""

    def __init__(self) -> None:
        self._open: dict[str, FixtureSet] = {}

    def open(self, path: str) -> FixtureSet:
        """The set at a path; raises `FixtureError`."""
        if path not in self._open:
            self._open = {path: open_set(Path(path))}
        return self._open[path]


def whole_below(sources: int, width: int) -> int:
    """The size in bytes below which an export is one piece, parsed by the worker that checks it.

    Parsing often costs more than the replay, so only an export that would keep the others waiting is parsed here and
    split by case.
    """
    return _LARGE if sources >= 2 * width else _SMALL


def pieces(source: Source, options: Options, sets: Sets, whole: int) -> Iterator[Start | TextPiece | CasesPiece]:
    """A source's `Start` and its pieces; an export of fewer than `whole` bytes is one piece, not yet parsed.

    What cannot be read is a `Start` with an error and nothing after it.
    """
    try:
        if source.origin is not None:
            yield from _of_set(sets.open(source.path), source.origin, options)
            return
        path = Path(source.path)
        if source.path != STDIN and path.is_file() and path.stat().st_size < whole:
            text = path.read_bytes()
            yield Start(FileResult(source.name, None))
            yield TextPiece(source.name, text)
            return
        yield from of_export(source.read(), options, CHUNK_CASES)
    except READ_ERRORS as error:
        yield Start(FileResult(source.name, None, error=str(error)))
    except OSError as error:
        yield Start(FileResult(source.name, None, error=f"{source.name}: cannot be opened: {error.strerror or error}"))


def of_export(export: Export, options: Options, most: int) -> Iterator[Start | CasesPiece]:
    """A parsed export's `Start` and its cases, at most `most` in each piece."""
    start, profile = _start(export.source, tuple(export.headers.items()), options)
    if not export.items and start.empty.error is None:
        start = Start(FileResult(export.source, profile, start.empty.headers, error="the file has no item to check"))
    yield start
    if profile is None or start.empty.error is not None:
        return
    encoder = Encoder()
    for stretch in stretches(((n, items) for n, items in export.cases().items() if options.selects(n)), most):
        for name, items in stretch:
            encoder.add(0, name, items)
        yield CasesPiece(export.source, profile, tuple(name for name, _ in stretch), encoder.take())


def singles(piece: CasesPiece) -> Iterator[CasesPiece]:
    """The same cases, one in each piece."""
    columns = {name: table.column("case").to_pylist() for name, table in piece.tables.by_name.items() if name != "bits"}
    for name, case in zip(piece.names, columns["cases"], strict=True):
        tables = {"bits": piece.tables.by_name["bits"]}
        for table, owners in columns.items():
            first = owners.index(case) if case in owners else 0
            tables[table] = piece.tables.by_name[table].slice(first, owners.count(case))
        yield CasesPiece(piece.path, piece.profile, (name,), Tables(tables, piece.tables.bits_start))


def _of_set(found: FixtureSet, number: int, options: Options) -> Iterator[Start | CasesPiece]:
    if number >= len(found.origins):
        yield Start(FileResult(str(found.folder), None, error=f"{found.folder}: the set holds no export"))
        return
    origin = found.origins[number]
    start, profile = _start(str(found.folder), origin.headers, options)
    yield start
    if profile is not None:
        for chunk in found.chunks(number, options.selects):
            yield CasesPiece(str(found.folder), profile, chunk.names, chunk.tables)


def _start(source: str, headers: tuple[tuple[str, str], ...], options: Options) -> tuple[Start, str | None]:
    try:
        profile = profile_for(dict(headers), options.profile)
    except UnknownProfileError as error:
        return Start(FileResult(source, None, headers, error=str(error))), None
    return Start(FileResult(source, profile.name, headers)), profile.name

"""One side of a diff: the cases behind some paths, hashed, and read as records only when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from xcheck.compare.chunks import Sets
from xcheck.fixtures.errors import ClashError
from xcheck.fixtures.hashing import case_hash
from xcheck.fixtures.record import label_of
from xcheck.inputs import NoInputError, Source, sources_of
from xcheck.lean_parser.records import Item
from xcheck.reference.profile import Profile, UnknownProfileError, profile_named, profile_of_headers
from xcheck.shown import path_text


@dataclass(frozen=True, slots=True)
class Entry:
    """One case: its id, its profile label and profile (None where unknown), its content hash, and how to read it."""

    name: str
    label: str
    profile: Profile | None
    hash: str
    load: Callable[[], Sequence[Item]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """One side: what it is called, its cases in order, and its headers by profile label."""

    path: str
    entries: tuple[Entry, ...]
    headers: Mapping[str, Mapping[str, tuple[str, ...]]]

    @property
    def labels(self) -> tuple[str, ...]:
        """The profile labels of its cases, sorted."""
        return tuple(sorted(self.headers))


def read_corpus(path: str, profile: str = "auto") -> Corpus:
    """The cases behind a path. Raises `NoInputError`, `ParseError`, `FixtureError` or `ClashError` (one id twice)."""
    entries: list[Entry] = []
    headers: dict[str, dict[str, tuple[str, ...]]] = {}
    sets = Sets()
    seen: set[tuple[str, str]] = set()
    for source in sources_of([path]):
        for entry, given in _entries(source, sets, profile):
            if (entry.label, entry.name) in seen:
                raise ClashError(source.path, f"case {entry.name!r} of profile {entry.label} stands twice in {path}")
            seen.add((entry.label, entry.name))
            entries.append(entry)
            known = headers.setdefault(entry.label, {})
            for header, value in given.items():
                if value not in known.get(header, ()):
                    known[header] = (*known.get(header, ()), value)
    return Corpus(path_text(path), tuple(entries), headers)


def _entries(source: Source, sets: Sets, wanted: str) -> Iterator[tuple[Entry, Mapping[str, str]]]:
    if source.origin is None:
        export = source.read()
        if not export.items:
            raise NoInputError(f"{export.source}: the file has no item to compare")
        label, profile = label_of(export.headers), _profile(export.headers, wanted)
        for name, items in export.cases().items():
            yield Entry(name, label, profile, case_hash(items), partial(_same, items)), export.headers
        return
    found = sets.open(source.path)
    if source.origin >= len(found.origins):
        raise NoInputError(f"{source.path}: the set holds no export")
    origin = found.origins[source.origin]
    headers = dict(origin.headers)
    profile = _profile(headers, wanted)
    for number, (owner, name, hashed) in enumerate(found.cases()):
        if owner == source.origin:
            yield Entry(name, origin.profile, profile, hashed, partial(_stored, found.case, number)), headers


def _profile(headers: Mapping[str, str], wanted: str) -> Profile | None:
    if wanted != "auto":
        return profile_named(wanted)
    try:
        return profile_of_headers(headers.get("torchlean"), headers.get("profile"))
    except UnknownProfileError:
        return None


def _same(items: Sequence[Item]) -> Sequence[Item]:
    return items


def _stored(case: Callable[[int], object], number: int) -> Sequence[Item]:
    items: Sequence[Item] = case(number).items  # type: ignore[attr-defined]
    return items

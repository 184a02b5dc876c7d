"""`xcheck-known.toml`: differences that are known, with a reason and an end. Nothing else turns a failure green.

    [[known]]
    case = "cnn/bn-*"               # case ids, as a shell pattern
    profile = "tl-2026-08"          # optional: only when replayed with this profile
    tensor = "trace *"              # optional: only findings on these tensors, as a shell pattern
    reason = "why this is accepted"
    link = "where it is discussed"  # optional
    expires = 2027-01-31            # optional: the last day it counts

An entry that nothing matched, or that has expired, fails the run: the file must not outlive what it excuses.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from xcheck.compare.result import CaseResult, FileResult, Finding, ItemResult, Status


class KnownError(Exception):
    """A file of known differences that cannot be read; the text names the file and the entry."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One known difference. An empty pattern matches everything."""

    case: str
    reason: str
    profile: str = ""
    tensor: str = ""
    link: str = ""
    expires: date | None = None

    def expired(self, today: date) -> bool:
        """Whether its last day is past."""
        return self.expires is not None and self.expires < today

    def __str__(self) -> str:
        return f"{self.reason} ({self.link})" if self.link else self.reason


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    known: list[Entry] = []


@dataclass(frozen=True, slots=True)
class Known:
    """The entries of one file, in order."""

    path: str
    entries: tuple[Entry, ...]


def read_known(path: Path) -> Known:
    """The entries of a file; raises `KnownError`."""
    try:
        document = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Document)
    except OSError as error:
        raise KnownError(f"{path}: cannot be opened: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnownError(f"{path}: this is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise KnownError(f"{path}: {error}") from None
    for number, entry in enumerate(document.known, start=1):
        if not entry.case or not entry.reason.strip():
            raise KnownError(f"{path}: entry {number} needs a case pattern and a reason")
    return Known(str(path), tuple(document.known))


def apply_known(known: Known, file: FileResult, today: date) -> tuple[FileResult, frozenset[int]]:
    """A file's results with known failures turned into expected ones, and the numbers of the entries that matched.

    A finding that an entry covers is dropped and named among `admitted`; an item passes once nothing is left of it.
    An entry without a tensor pattern also covers what cannot be compared. Expired entries cover nothing.
    """
    used: set[int] = set()
    cases: list[CaseResult] = []
    for case in file.cases:
        fitting = [
            (number, entry)
            for number, entry in enumerate(known.entries)
            if fnmatchcase(case.name, entry.case) and entry.profile in ("", file.profile)
        ]
        if fitting and case.status is not Status.PASSED:
            case = _diagnosed_anew(case, tuple(_item(item, fitting, used, today) for item in case.items))
        cases.append(case)
    return replace(file, cases=tuple(cases)), frozenset(used)


def _diagnosed_anew(case: CaseResult, items: tuple[ItemResult, ...]) -> CaseResult:
    """The case with these items; its diagnosis goes where nothing is left of it, and says so where a part is known."""
    left = replace(case, items=items)
    if not left.findings:
        return replace(left, diagnosis=(), diagnosed=False)
    if left.findings == case.findings:
        return left
    said = tuple(replace(each, says=f"{each.says}; what is known is counted too") for each in case.diagnosis)
    return replace(left, diagnosis=said)


def problems(known: Known, used: frozenset[int], today: date, complete: bool) -> tuple[str, ...]:
    """What is wrong with the entries themselves: expired ones, and unused ones where the whole corpus was checked."""
    found: list[str] = []
    for number, entry in enumerate(known.entries):
        where = f"{known.path}: entry {number + 1} ({entry.case!r}: {entry.reason})"
        if entry.expires is not None and entry.expired(today):
            found.append(f"{where} expired on {entry.expires.isoformat()}")
        elif number not in used and complete:
            found.append(f"{where} matched nothing")
    return tuple(found)


def _item(item: ItemResult, fitting: list[tuple[int, Entry]], used: set[int], today: date) -> ItemResult:
    if item.status not in (Status.FAILED, Status.NOT_COMPARABLE):
        return item
    left: list[Finding] = []
    admitted = list(item.admitted)
    for finding in item.findings:
        number = next((n for n, entry in fitting if not entry.expired(today) and _covers(entry, finding)), None)
        if number is None:
            left.append(finding)
            continue
        used.add(number)
        what = f"{finding.what} of {finding.tensor}" if finding.tensor else finding.what
        admitted.append(f"{what}: known: {dict(fitting)[number]}")
    reason = item.reason
    whole = next(((n, entry) for n, entry in fitting if not entry.tensor and not entry.expired(today)), None)
    if reason is not None and whole is not None:
        used.add(whole[0])
        admitted.append(f"not comparable: known: {whole[1]}")
        reason = None
    if left:
        status = Status.FAILED
    else:
        status = Status.PASSED if reason is None else Status.NOT_COMPARABLE
    return replace(item, status=status, findings=tuple(left), reason=reason, admitted=tuple(admitted))


def _covers(entry: Entry, finding: Finding) -> bool:
    return not entry.tensor or (finding.tensor is not None and fnmatchcase(finding.tensor, entry.tensor))

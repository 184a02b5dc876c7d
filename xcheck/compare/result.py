"""What a comparison found. Every type here is frozen and made of plain values, so it prints and travels as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FIRST_SHOWN: Final = 20


class Status(StrEnum):
    """How an item, case or file came out; the later outranks the earlier."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_COMPARABLE = "not comparable"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class Element:
    """One differing element: its coordinate, both values as 16 hex digits, and their distance in ulp (if finite)."""

    coordinate: tuple[int, ...]
    lean: str
    reference: str
    ulp: int | None


@dataclass(frozen=True, slots=True)
class TensorDifference:
    """Where two tensors of the same shape differ: how many of how many, the largest ulp distance, the first twenty.

    `not_finite` counts differing pairs with a NaN or an infinity, which have no distance; `max_ulp` is None where
    there is no other pair.
    """

    shape: tuple[int, ...]
    differing: int
    total: int
    max_ulp: int | None
    not_finite: int
    first: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement.

    `what` is the kind of thing that differs; `layer` counts from 0; `tensor` names the tensor; `lean` and `reference`
    are both sides as text; `elements` is set where tensors were compared; `inherited` says that the layer is right on
    Lean's own input; `why` lists what explains it.
    """

    what: str
    lean: str
    reference: str
    layer: int | None = None
    kind: str | None = None
    tensor: str | None = None
    elements: TensorDifference | None = None
    inherited: bool = False
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of the export. `reason` says why it is not comparable or errored; `admitted` names the rules used."""

    item: str
    line: int
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    admitted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """All items of one case, in file order."""

    name: str
    items: tuple[ItemResult, ...]

    @property
    def status(self) -> Status:
        """The gravest of the items' statuses."""
        return gravest(item.status for item in self.items)

    @property
    def findings(self) -> int:
        """How many findings the items have together."""
        return sum(len(item.findings) for item in self.items)


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file: the profile it was replayed with, its cases, or the one error that stopped it.

    `not_run` counts cases that were left out on request, `not_run_reason` says why. `arguments` are those of a command
    line that named a model to check the file against.
    """

    source: str
    profile: str | None
    headers: tuple[tuple[str, str], ...] = ()
    cases: tuple[CaseResult, ...] = ()
    error: str | None = None
    not_run: int = 0
    not_run_reason: str | None = None
    arguments: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """The gravest of the cases' statuses; a file that yields no case at all has errored."""
        if self.error is not None:
            return Status.ERRORED
        return gravest(case.status for case in self.cases)

    def items(self) -> Iterator[ItemResult]:
        """Every item of every case."""
        for case in self.cases:
            yield from case.items


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run, in the order of its paths. `error` is set where the run as a whole could not compare.

    `outdated` are the known differences that did not happen or have expired: they disagree with what was found.
    """

    files: tuple[FileResult, ...]
    error: str | None = None
    outdated: tuple[str, ...] = ()

    def cases(self) -> Iterator[CaseResult]:
        """Every case of every file."""
        for file in self.files:
            yield from file.cases

    def count(self, status: Status) -> int:
        """How many items came out so."""
        return sum(item.status is status for file in self.files for item in file.items())


_GRAVITY: Final = {status: rank for rank, status in enumerate(Status)}


def gravest(statuses: Iterator[Status]) -> Status:
    """The gravest of some statuses; passed if there are none."""
    return max(statuses, key=_GRAVITY.__getitem__, default=Status.PASSED)


def verdict(findings: Iterable[Finding], not_comparable: str | None = None) -> ItemResult:
    """The result of an item with these findings, and the reason if a part of it cannot be compared."""
    found = tuple(findings)
    if found:
        return ItemResult("", 0, Status.FAILED, found, not_comparable)
    if not_comparable is not None:
        return ItemResult("", 0, Status.NOT_COMPARABLE, reason=not_comparable)
    return ItemResult("", 0, Status.PASSED)

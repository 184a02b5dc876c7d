"""What a diff found. Every type is frozen and made of plain values, so it prints and travels as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from xcheck.compare.result import TensorDifference


class CaseChange(StrEnum):
    """What became of a case between the two sides."""

    SAME = "same"
    PROVENANCE = "provenance only"
    CHANGED = "changed"
    RENAMED = "renamed"
    ADDED = "added"
    REMOVED = "removed"


class Aspect(StrEnum):
    """What kind of thing about a case changed."""

    GRAPH = "graph"
    SPELLING = "graph spelling"
    SIGNATURE = "graph shapes"
    LAYERS = "layers"
    LABELS = "layer labels"
    COUNTER = "next counter"
    ERROR = "error text"
    OUTCOME = "outcome"
    DAG = "DAG term"
    PARAMETERS = "parameters"
    FORWARD = "forward"
    ITEMS = "items"
    NAN_BITS = "NaN payloads"


@dataclass(frozen=True, slots=True)
class TensorChange:
    """One tensor that changed: in `difference`, `lean` is the old side and `reference` the new one."""

    name: str
    difference: TensorDifference


@dataclass(frozen=True, slots=True)
class Change:
    """One observable change of a case.

    `item` is the item it is seen in, `text` says it in one line, `detail` shows both sides. `count` of `total` things
    changed (parameters, labels, outputs; 1 of 1 where nothing is counted); `max_ulp` is the largest distance of a pair
    of finite values. `axes` names the semantic axes that explain it, `()` where none were found. `tensors` are those
    that changed, with their element maps; they are there only where maps were asked for.
    """

    aspect: Aspect
    item: str
    text: str
    count: int = 1
    total: int = 1
    max_ulp: int | None = None
    detail: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    tensors: tuple[TensorChange, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseDiff:
    """One case. `old_name` is set where it was renamed; `changes` only where it changed."""

    change: CaseChange
    name: str
    profile: str
    old_hash: str | None
    new_hash: str | None
    old_name: str | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderChange:
    """A header whose values differ between the sides; an absent header is empty."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DiffResult:
    """Two sides compared. `same` counts the cases that are equal in content and provenance; they are not listed."""

    old: str
    new: str
    old_profiles: tuple[str, ...]
    new_profiles: tuple[str, ...]
    headers: tuple[HeaderChange, ...]
    same: int
    cases: tuple[CaseDiff, ...]

    @property
    def differs(self) -> bool:
        """Whether any case differs in more than provenance."""
        return any(case.change is not CaseChange.PROVENANCE for case in self.cases)

    def count(self, change: CaseChange) -> int:
        """How many cases came out so."""
        if change is CaseChange.SAME:
            return self.same
        return sum(case.change is change for case in self.cases)

    def of(self, change: CaseChange) -> Iterator[CaseDiff]:
        """The cases that came out so, in order."""
        return (case for case in self.cases if case.change is change)

    def explanations(self) -> tuple[tuple[str, ...], ...]:
        """The distinct sets of axes that explain the changes, the unexplained `()` last."""
        found = {change.axes for case in self.cases for change in case.changes}
        return tuple(sorted(found, key=lambda axes: (not axes, len(axes), axes)))

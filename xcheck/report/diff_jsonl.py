"""A diff as JSON Lines: one line for the sides, one for each case that is not the same, and a summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from xcheck.compare.change import Aspect, CaseChange, CaseDiff, DiffResult, HeaderChange
from xcheck.compare.change import Change as FullChange
from xcheck.report.diff_groups import groups


@dataclass(frozen=True, slots=True)
class DiffLine:
    """The two sides, first: their paths, profiles, and the headers that differ."""

    type: Literal["diff"]
    old: str
    new: str
    old_profiles: tuple[str, ...]
    new_profiles: tuple[str, ...]
    headers: tuple[HeaderChange, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a case; the tensors that only a page with maps has are left out."""

    aspect: Aspect
    item: str
    text: str
    count: int
    total: int
    max_ulp: int | None
    detail: tuple[str, ...]
    axes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case that is not the same on both sides."""

    type: Literal["case"]
    change: CaseChange
    name: str
    profile: str
    old_hash: str | None
    new_hash: str | None
    old_name: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a set of axes explains (nothing does, where it is empty): how many cases, and one line for each aspect."""

    axes: tuple[str, ...]
    cases: int
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """The whole diff, last: how many cases came out how, and what explains the changes."""

    type: Literal["summary"]
    counts: dict[str, int]
    explanations: tuple[Explanation, ...]
    exit_code: int


def diff_lines(result: DiffResult, code: int) -> Iterator[bytes]:
    """Every line, with its line break; none where the sides are equal."""
    if not result.cases and not result.headers:
        return
    sides = (result.old, result.new, result.old_profiles, result.new_profiles)
    yield _encoded(DiffLine("diff", *sides, result.headers))
    for case in result.cases:
        yield _encoded(_case_line(case))
    explanations = tuple(Explanation(group.axes, len(group.cases), group.lines) for group in groups(result))
    counts = {str(change): result.count(change) for change in CaseChange}
    yield _encoded(SummaryLine("summary", counts, explanations, code))


def schema() -> dict[str, Any]:
    """The JSON Schema of one line."""
    schemas, components = msgspec.json.schema_components(
        (DiffLine, CaseLine, SummaryLine), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of xcheck diff --format jsonl",
        "anyOf": list(schemas),
        "$defs": components,
    }


def _case_line(case: CaseDiff) -> CaseLine:
    names = case.old_hash, case.new_hash, case.old_name
    return CaseLine("case", case.change, case.name, case.profile, *names, tuple(map(_change, case.changes)))


def _change(change: FullChange) -> Change:
    counts = change.count, change.total, change.max_ulp
    return Change(change.aspect, change.item, change.text, *counts, change.detail, change.axes)


def _encoded(line: DiffLine | CaseLine | SummaryLine) -> bytes:
    return msgspec.json.encode(line) + b"\n"

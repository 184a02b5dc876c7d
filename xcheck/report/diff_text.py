"""A diff for people: what explains the changes first, single cases only where something is left to explain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xcheck.compare.change import CaseChange, CaseDiff, DiffResult
from xcheck.report.diff_groups import Group, another_graph, counts, groups, names

_NAMES: Final = 6
_CASES: Final = 20


def diff_lines(result: DiffResult, depth: int) -> Iterator[str]:
    """The report's lines; none where the sides are equal.

    `depth` 0 is one line; 1 adds what explains the changes, and cases with unexplained ones; 2 adds every changed
    case; 3 adds both sides of every change.
    """
    if not result.cases and not result.headers:
        return
    yield f"{result.old} -> {result.new}: {counts(result)}"
    if depth < 1:
        return
    for header in result.headers:
        yield f"  {header.name}: {header.old or '(none)'} -> {header.new or '(none)'}"
    for change in (CaseChange.REMOVED, CaseChange.ADDED):
        listed = [case.name for case in result.of(change)]
        if listed:
            yield f"{change}: {names(listed, len(listed) if depth > 1 else _NAMES)}"
    for case in result.of(CaseChange.RENAMED):
        yield f"renamed: {case.old_name} -> {case.name}"
    found, others = groups(result), another_graph(result)
    for group in found:
        yield from _group(group, alone=len(found) == 1 and not others, depth=depth)
    yield from others
    if depth > 1:
        for case in result.of(CaseChange.CHANGED):
            yield from _case(case, depth, only_unexplained=False)


def _group(group: Group, alone: bool, depth: int) -> Iterator[str]:
    if group.axes:
        yield f"{group.title}{' explains every change' if alone else ''}:"
        yield from (f"  {line}" for line in group.lines)
        return
    yield f"{group.title}:"
    yield from (f"  {line}" for line in group.lines)
    if depth == 1:
        for case in group.cases[:_CASES]:
            yield from _case(case, depth, only_unexplained=True)
        if len(group.cases) > _CASES:
            yield f"  and {len(group.cases) - _CASES:,} more cases (--depth 2 shows all)"


def _case(case: CaseDiff, depth: int, only_unexplained: bool) -> Iterator[str]:
    shown = [change for change in case.changes if not (only_unexplained and change.axes)]
    yield f"  {case.name}"
    for change in shown:
        why = f" ({' and '.join(change.axes)})" if change.axes else ""
        yield f"    {change.item}: {change.text}{why}"
        if depth > 2:
            yield from (f"      {line}" for line in change.detail)

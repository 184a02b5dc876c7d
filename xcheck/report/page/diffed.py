"""The page of a diff: what explains the changes, the cases, and both sides of every change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from xcheck.compare.change import Aspect, CaseChange, CaseDiff, Change, DiffResult, TensorChange
from xcheck.compare.result import TensorDifference
from xcheck.report.diff_groups import Group, another_graph, counts, groups
from xcheck.report.page.document import document
from xcheck.report.page.packing import Chunk, packed_details
from xcheck.report.page.rows import Kind, Row, packed_rows
from xcheck.report.page.shown import Plain, shown_in_all
from xcheck.report.page.tensors import Maps, kept_maps, tensor_data

_KINDS: Final = {
    CaseChange.CHANGED: Kind("changed", "changed", "≠"),
    CaseChange.REMOVED: Kind("removed", "removed", "−"),
    CaseChange.ADDED: Kind("added", "added", "+"),
    CaseChange.RENAMED: Kind("renamed", "renamed", "→"),
    CaseChange.PROVENANCE: Kind("provenance", "provenance only", "="),
}
_SAME: Final = Kind("same", "same", "=")
_FACETS: Final = (("axis", "Explained by"), ("aspect", "What changed"), ("profile", "Profile"))
_VERDICTS: Final = {
    True: Kind("changed", "The sides differ", "≠"),
    False: Kind("passed", "The sides are equal", "="),
}
# Changes that no axis is asked to explain.
_PLAIN: Final = frozenset({Aspect.SPELLING, Aspect.ITEMS, Aspect.NAN_BITS, Aspect.GRAPH})
_NOTES: Final = {
    CaseChange.REMOVED: "Only the old side has this case.",
    CaseChange.ADDED: "Only the new side has this case.",
    CaseChange.RENAMED: "Its content is the same under another name.",
    CaseChange.PROVENANCE: "Its content is the same; what differs is where it comes from (see the headers above).",
}
_CASES_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class _Explained:
    """One box of the summary: what explains which changes."""

    title: str
    explained: bool
    lines: tuple[str, ...]
    cases: tuple[str, ...]
    more: int


def page(result: DiffResult, command: str) -> str:
    """The whole page."""
    maps = kept_maps(_differences(result))
    chunks = packed_details(_detail(case, maps) for case in result.cases)
    return document(
        "diff.html.j2",
        _summary(result, command) | _left_out(result, chunks, maps),
        _rows(result, chunks),
        [chunk.data for chunk in chunks],
        maps.packed,
        charts=maps.asked > 0,
    )


def _differences(result: DiffResult) -> Iterator[TensorDifference]:
    for case in result.cases:
        for change in case.changes:
            yield from (tensor.difference for tensor in _tensors(case, change))


def _tensors(case: CaseDiff, change: Change) -> list[TensorChange]:
    """The change's tensors, but for those that only repeat what another change or tensor shows."""
    if _shown_by(case, change) is not None:
        return []
    found = list(change.tensors)
    # Where nothing follows the last layer, the output is what that layer gave.
    if len(found) > 1 and found[-1].difference == found[-2].difference:
        found.pop()
    return found


def _shown_by(case: CaseDiff, change: Change) -> str | None:
    """The item that shows the same tensors: `det_init` repeats the values of `init`."""
    if not change.item.startswith("det_") or not change.tensors:
        return None
    init = change.item.removeprefix("det_")
    same = any(other.item == init and other.tensors == change.tensors for other in case.changes)
    return init if same else None


def _summary(result: DiffResult, command: str) -> dict[str, object]:
    listed = [(kind, result.count(change)) for change, kind in _KINDS.items()]
    return {
        "title": f"{result.old} -> {result.new}: {counts(result)}",
        "verdict": _VERDICTS[result.differs],
        "code": int(result.differs),
        "command": command,
        "old": result.old,
        "new": result.new,
        "old_profiles": ", ".join(result.old_profiles) or "no profile",
        "new_profiles": ", ".join(result.new_profiles) or "no profile",
        "headers": result.headers,
        "counts": [(kind, count) for kind, count in [*listed, (_SAME, result.same)] if count],
        "case_count": len(result.cases) + result.same,
        "groups": [_explained(group) for group in groups(result)],
        "another_graph": another_graph(result),
    }


def _explained(group: Group) -> _Explained:
    names = [case.name for case in group.cases]
    shown = tuple(names[:_CASES_NAMED])
    return _Explained(group.title, bool(group.axes), group.lines, shown, len(names) - len(shown))


def _left_out(result: DiffResult, chunks: tuple[Chunk, ...], maps: Maps) -> dict[str, object]:
    detailed = sum(chunk.count for chunk in chunks)
    return {
        "maps_asked": maps.asked,
        "maps_kept": len(maps.packed),
        "first_without_map": next((case.name for case in result.cases if _map_missing(case, maps)), None),
        "details_asked": len(result.cases),
        "details_kept": detailed,
        "first_without_details": result.cases[detailed].name if detailed < len(result.cases) else None,
    }


def _map_missing(case: CaseDiff, maps: Maps) -> bool:
    return any(
        tensor.difference.cells is not None and id(tensor.difference) not in maps.numbers
        for change in case.changes
        for tensor in _tensors(case, change)
    )


def _rows(result: DiffResult, chunks: tuple[Chunk, ...]) -> str:
    rank = {change: place for place, change in enumerate(_KINDS)}
    rows = [
        Row(case.name, rank[case.change], _note(case), (_axes(case), _aspects(case), (case.profile,)), number)
        for number, case in enumerate(result.cases)
    ]
    extra: Plain = {
        "nothing": "",
        "left_out": "The page had no room for what changed here; `xcheck diff --depth 3` prints it.",
    }
    return packed_rows(rows, list(_KINDS.values()), _FACETS, chunks, extra)


def _axes(case: CaseDiff) -> tuple[str, ...]:
    named = [axis for change in case.changes for axis in change.axes]
    if any(not change.axes and change.aspect not in _PLAIN for change in case.changes):
        named.append("nothing")
    return tuple(dict.fromkeys(named))


def _aspects(case: CaseDiff) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.aspect.value for change in case.changes))


def _note(case: CaseDiff) -> str:
    if case.old_name is not None:
        return f"was {case.old_name}"
    return ", ".join(_aspects(case))


def _detail(case: CaseDiff, maps: Maps) -> Plain:
    return shown_in_all(
        {
            "profile": case.profile,
            "oldName": case.old_name,
            "hashes": [case.old_hash, case.new_hash],
            "note": _NOTES.get(case.change),
            "changes": [_change(case, change, maps) for change in case.changes],
        }
    )


def _change(case: CaseDiff, change: Change, maps: Maps) -> Plain:
    return {
        "aspect": change.aspect.value,
        "item": change.item,
        "text": change.text,
        "detail": list(change.detail),
        "axes": list(change.axes),
        "plain": change.aspect in _PLAIN,
        "tensors": [
            {"name": tensor.name, "elements": tensor_data(tensor.difference, maps)} for tensor in _tensors(case, change)
        ],
        "shown": _shown_by(case, change),
    }

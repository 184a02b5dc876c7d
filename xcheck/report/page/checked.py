"""The page of a check: its summary, its cases, and what every case that did not simply pass has to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from xcheck.compare.result import (
    CaseResult,
    Explanation,
    FileResult,
    Finding,
    ItemResult,
    RunResult,
    Status,
    Step,
    TensorDifference,
)
from xcheck.report.diff_groups import ulp_text
from xcheck.report.exit_code import AGREE, COULD_NOT_COMPARE, DISAGREE, exit_code
from xcheck.report.page.document import document
from xcheck.report.page.packing import Chunk, packed_details
from xcheck.report.page.rows import Kind, Row, packed_rows
from xcheck.report.page.shown import Plain, shown_in_all
from xcheck.report.page.tensors import Maps, kept_maps, tensor_data
from xcheck.report.reproduce import reproduce

# The gravest of what one can do something about stands first in the list.
_KINDS: Final = {
    Status.FAILED: Kind("failed", "disagree", "\N{MULTIPLICATION X}"),
    Status.ERRORED: Kind("errored", "errored", "!"),
    Status.NOT_COMPARABLE: Kind("incomparable", "not comparable", "?"),
    Status.PASSED: Kind("passed", "agree", "\N{CHECK MARK}"),
}
_FACETS: Final = (("primitive", "Primitive"), ("profile", "Profile"), ("file", "File"), ("cause", "Explained by"))
_VERDICTS: Final = {
    AGREE: Kind("passed", "Everything agrees", "\N{CHECK MARK}"),
    DISAGREE: Kind("failed", "Lean and the reference disagree", "\N{MULTIPLICATION X}"),
    COULD_NOT_COMPARE: Kind("errored", "Not everything could be compared", "!"),
}
_UNEXPLAINED: Final = "nothing that was tried"
_FILES_SHOWN: Final = 200
_CAUSES_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class _Count:
    kind: Kind
    cases: int
    items: int


@dataclass(frozen=True, slots=True)
class _Cause:
    """What explains failing cases (None where nothing does), and how many."""

    name: str
    example: Explanation | None
    cases: int


@dataclass(frozen=True, slots=True)
class _Told:
    """A case that has something to say, with its file."""

    file: FileResult
    case: CaseResult

    def shown_by(self, item: ItemResult) -> str | None:
        """The item that shows the same findings: `det_init` repeats the values of `init`."""
        if not item.item.startswith("det_") or not item.findings:
            return None
        init = item.item.removeprefix("det_")
        same = any(other.item == init and other.findings == item.findings for other in self.case.items)
        return init if same else None

    def differences(self, inherited: bool) -> Iterator[TensorDifference | None]:
        for item in self.case.items:
            if self.shown_by(item) is None:
                yield from (finding.elements for finding in item.findings if finding.inherited is inherited)


def page(run: RunResult, command: str, code: int | None) -> str:
    """The whole page."""
    cases = [_Told(file, case) for file in run.files for case in file.cases]
    told = [case for case in cases if _says_more(case.case)]
    maps = kept_maps(_all_differences(told, inherited=False), _all_differences(told, inherited=True))
    chunks = packed_details(_detail(case, maps) for case in told)
    charts = any(found is not None and found.cells is not None for found in _all_differences(told))
    return document(
        "check.html.j2",
        _summary(run, command, exit_code(run) if code is None else code) | _left_out(told, chunks, maps),
        _rows(cases, chunks),
        [chunk.data for chunk in chunks],
        maps.packed,
        charts,
    )


def _says_more(case: CaseResult) -> bool:
    return any(map(_worth, case.items))


def _all_differences(told: list[_Told], inherited: bool | None = None) -> Iterator[TensorDifference | None]:
    for case in told:
        for which in (False, True) if inherited is None else (inherited,):
            yield from case.differences(which)


def _summary(run: RunResult, command: str, code: int) -> dict[str, object]:
    cases = Counter(case.status for case in run.cases())
    items = Counter(item.status for file in run.files for item in file.items())
    ranked = sorted(run.files, key=lambda file: file.error is None)
    return {
        "title": f"{_VERDICTS[code].word}: {', '.join(file.source for file in run.files[:3])}",
        "verdict": _VERDICTS[code],
        "code": code,
        "command": command,
        "files": ranked[:_FILES_SHOWN],
        "more_files": max(0, len(ranked) - _FILES_SHOWN),
        "file_count": len(run.files),
        "case_count": sum(cases.values()),
        "item_count": sum(items.values()),
        "counts": [_Count(kind, cases[status], items[status]) for status, kind in _KINDS.items() if items[status]],
        "kinds": _KINDS,
        "causes": _all_causes(run),
        "broken": sum(file.error is not None for file in run.files),
        "run_error": run.error,
        "outdated": run.outdated,
    }


def _all_causes(run: RunResult) -> list[_Cause]:
    """What explains how many failing cases, the most frequent first and the unexplained last."""
    found = Counter(cause for case in run.cases() for cause in _causes(case))
    listed = sorted(found, key=lambda cause: (cause == _UNEXPLAINED, -found[cause], cause))
    told: dict[str, Explanation] = {}
    for each in (each for case in run.cases() for each in case.diagnosis if each.complete):
        # One cause is said in more words where it holds for a part of a case: the fewest say the most.
        if each.name not in told or len(each.says) < len(told[each.name].says):
            told[each.name] = each
    return [_Cause(name, told.get(name), found[name]) for name in listed[:_CAUSES_SHOWN]]


def _left_out(told: list[_Told], chunks: tuple[Chunk, ...], maps: Maps) -> dict[str, object]:
    """What the page has no room for: from which case on, and the command that shows it."""
    detailed = sum(chunk.count for chunk in chunks)
    without = next((case for case in told if _map_missing(case, maps)), None)
    return {
        "maps_asked": maps.asked,
        "maps_kept": len(maps.packed),
        "first_without_map": without and without.case.name,
        "details_asked": len(told),
        "details_kept": detailed,
        "first_without_details": told[detailed].case.name if detailed < len(told) else None,
        "single": _single(without or told[-1]) if told else None,
    }


def _map_missing(case: _Told, maps: Maps) -> bool:
    found = [*case.differences(False), *case.differences(True)]
    return any(each is not None and each.cells is not None and id(each) not in maps.numbers for each in found)


def _single(case: _Told) -> str:
    """The command that makes a page of this case alone, on which there is room for all of it."""
    return f"{reproduce(case.file, case.case)} --format html -o case.html"


def _rows(cases: list[_Told], chunks: tuple[Chunk, ...]) -> str:
    rank = {status: place for place, status in enumerate(_KINDS)}
    rows: list[Row] = []
    told = 0
    for each in cases:
        file, case = each.file, each.case
        more = _says_more(case)
        facets = (case.primitives, (file.profile or "none",), (file.source,), _causes(case))
        rows.append(Row(case.name, rank[case.status], _note(case), facets, told if more else None))
        told += more
    extra: Plain = {
        "nothing": "Everything in it agrees.",
        "left_out": "The page had no room for what this case says; the summary has a command that shows a case alone.",
    }
    return packed_rows(rows, list(_KINDS.values()), _FACETS, chunks, extra)


def _causes(case: CaseResult) -> tuple[str, ...]:
    """What explains the case, for the list to be narrowed by it."""
    if case.status is not Status.FAILED:
        return ()
    return tuple(dict.fromkeys(each.name for each in case.diagnosis if each.complete)) or (
        (_UNEXPLAINED,) if case.diagnosed else ()
    )


def _note(case: CaseResult) -> str:
    """What the list says of the case besides how it came out."""
    if case.status is Status.PASSED:
        rules = sum(len(item.admitted) for item in case.items)
        return _many(len(case.items), "item") + (f", {rules:,} by allowance" if rules else "")
    if case.status is Status.FAILED:
        found = [finding.elements for item in case.items for finding in item.findings if finding.elements is not None]
        ulps = [each.max_ulp for each in found if each.max_ulp is not None]
        return _many(case.findings, "finding") + (f", up to {ulp_text(max(ulps))} ulp" if ulps else "")
    reasons = [item.reason for item in case.items if item.reason is not None]
    return reasons[0][:120] if reasons else ""


def _detail(told: _Told, maps: Maps) -> Plain:
    file, case = told.file, told.case
    command = reproduce(file, case)
    plain: dict[str, Plain] = {
        "file": file.source,
        "profile": file.profile,
        "primitives": list(case.primitives),
        "diagnosis": [_explanation(each) for each in case.diagnosis],
        "items": [_item(item, maps, told.shown_by(item)) for item in case.items if _worth(item)],
        "agree": sum(item.status is Status.PASSED for item in case.items),
        "reproduce": command,
    }
    # What is copied must be the command itself, invisible characters and all.
    return {key: shown_in_all(value) for key, value in plain.items()} | {"copy": command}


def _explanation(each: Explanation) -> Plain:
    return {
        "name": each.name,
        "says": each.says,
        "look": each.look,
        "explained": each.explained,
        "findings": each.findings,
        "complete": each.complete,
        "items": list(each.items),
        "elsewhere": each.elsewhere,
        "alike": list(each.alike),
    }


def _worth(item: ItemResult) -> bool:
    return item.status is not Status.PASSED or bool(item.admitted)


def _item(item: ItemResult, maps: Maps, shown_by: str | None) -> Plain:
    return {
        "item": item.item,
        "line": item.line,
        "status": _KINDS[item.status].id,
        "reason": item.reason,
        "admitted": list(item.admitted),
        "steps": [_step(step) for step in item.steps],
        "shown": shown_by,
        "findings": [] if shown_by is not None else [_finding(finding, maps) for finding in item.findings],
    }


def _step(step: Step) -> Plain:
    return {
        "layer": step.layer,
        "kind": step.kind,
        "input": list(step.input),
        "output": list(step.output),
        "state": step.state.value,
        "differing": step.differing,
        "total": step.total,
        "ulp": None if step.max_ulp is None else str(step.max_ulp),
    }


def _finding(finding: Finding, maps: Maps) -> Plain:
    return {
        "what": finding.what,
        "layer": finding.layer,
        "kind": finding.kind,
        "tensor": finding.tensor,
        "inherited": finding.inherited,
        "why": list(finding.why),
        "sides": None if finding.elements is not None else [finding.lean, finding.reference],
        "elements": None if finding.elements is None else tensor_data(finding.elements, maps),
    }


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")

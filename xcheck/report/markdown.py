"""A check as Markdown for a CI job's summary: the verdict, the files, then the first failing cases in full.

GitHub drops a summary of more than 1 MiB, so the report stays well below that and says what it leaves out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from xcheck.compare.result import CaseResult, FileResult, ItemResult, RunResult, Status, TensorDifference
from xcheck.report.asked import Asked
from xcheck.report.chain import chain_lines
from xcheck.report.diagnosis import diagnosis_lines, headline
from xcheck.report.divergence import ELEMENT_COLUMNS, element_row, finding_text, first_divergence
from xcheck.report.exit_code import AGREE, COULD_NOT_COMPARE, DISAGREE
from xcheck.report.markdown_text import cell, code_cell, code_span, fenced, short
from xcheck.report.reproduce import reproduce
from xcheck.report.text import summary

LIMIT: Final = 900_000  # bytes
CASES: Final = 20
_FILES: Final = 100
_ELEMENTS: Final = 5
_STEPS: Final = 40
_CAUSE_LINES: Final = 12
_NOTES: Final = 20
_NAME: Final = 200
_TEXT: Final = 1_000

_VERDICTS: Final = {AGREE: "agree", DISAGREE: "disagree", COULD_NOT_COMPARE: "could not compare"}


def report(run: RunResult, asked: Asked, code: int) -> str:
    """The whole report, in fewer bytes than `LIMIT`."""
    failing = [(file, case) for file in run.files for case in file.cases if case.findings]
    lines = [*_verdict(run, code), *_files(run.files), *_notes(run)]
    size, shown = _size(lines), 0
    for file, case in failing[:CASES]:
        section = list(_case(file, case))
        size += _size(section)
        if size > LIMIT:
            break
        lines += section
        shown += 1
    if len(failing) > shown:
        why = f"the first {CASES} are shown" if shown == CASES else f"a summary holds less than {LIMIT:,} bytes"
        lines += ["", f"and {len(failing) - shown:,} more failing cases ({why})"]
    return "\n".join([*lines, ""])


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)


def _verdict(run: RunResult, code: int) -> Iterator[str]:
    counted = summary(replace(run, outdated=())).plain.strip().replace("\n", " ")
    yield f"### xcheck: {_VERDICTS[code]} ({cell(short(counted, _TEXT))})"


def _files(files: Sequence[FileResult]) -> Iterator[str]:
    """A row for each file, those first that did not pass."""
    columns = ("file", "profile", "cases", *(_WORDS[status] for status in Status))
    yield from ("", _row(columns), "|---|---|" + "--:|" * (len(columns) - 2))
    ordered = sorted(files, key=lambda file: file.status is Status.PASSED)
    for file in ordered[:_FILES]:
        counts = Counter(item.status for item in file.items())
        numbers = (len(file.cases), *(counts[status] for status in Status))
        name = code_cell(short(file.source, _NAME))
        yield _row((name, cell(file.profile or ""), *(f"{number:,}" for number in numbers)))
    left = ordered[_FILES:]
    if left:
        bad = sum(file.status is not Status.PASSED for file in left)
        yield from ("", f"and {len(left):,} more files, {bad:,} of which did not pass")


_WORDS: Final = {
    Status.PASSED: "agree",
    Status.FAILED: "disagree",
    Status.NOT_COMPARABLE: "not comparable",
    Status.ERRORED: "errored",
}


def _notes(run: RunResult) -> Iterator[str]:
    """What stopped a file, what could not be compared and why, what was not run, what is outdated."""
    notes = [
        *(f"{code_span(short(file.source, _NAME))}: {_text(file.error)}" for file in run.files if file.error),
        *_reasons(run),
        *(
            f"{code_span(short(file.source, _NAME))}: {_text(file.not_run_reason)}"
            for file in run.files
            if file.not_run_reason
        ),
        *(f"outdated: {_text(entry)}" for entry in run.outdated),
    ]
    if notes:
        yield ""
        yield from (f"- {note}" for note in notes[:_NOTES])
    if len(notes) > _NOTES:
        yield f"- and {len(notes) - _NOTES:,} more notes"


def _reasons(run: RunResult) -> Iterator[str]:
    reasons = Counter((item.status, item.reason) for file in run.files for item in file.items() if item.reason)
    for (status, reason), count in sorted(reasons.items(), key=lambda pair: (pair[0][0], str(pair[0][1]))):
        what = "in part not comparable" if status is Status.FAILED else _WORDS[status]
        yield f"{what} ({count:,} item{'' if count == 1 else 's'}): {_text(reason)}"


def _case(file: FileResult, case: CaseResult) -> Iterator[str]:
    yield from ("", f"#### {code_span(short(case.name, _NAME))} in {code_span(short(file.source, _NAME))}")
    for line in islice(diagnosis_lines(case), _CAUSE_LINES) if case.diagnosis else filter(None, [headline(case)]):
        # Causes are not indented, what is said about them is.
        yield from ([f"- {_text(line.strip())}"] if line.startswith(" ") else ["", f"**{_text(line)}**", ""])
    first = first_divergence(case)
    assert first is not None
    item, finding = first
    yield from ("", f"{_text(item.item)}, line {item.line}: {_text(finding_text(finding))}")
    if finding.why:
        yield ""
        yield from (f"- {_text(reason)}" for reason in finding.why[:_ELEMENTS])
    if item.steps:
        yield from _chain(item)
    if finding.elements is not None:
        yield from _elements(finding.elements)
    others = case.findings - 1
    if others:
        yield from ("", f"{others:,} more finding{'' if others == 1 else 's'} in this case")
    yield from ("", fenced(short(reproduce(file, case), _TEXT), "sh"))


def _chain(item: ItemResult) -> Iterator[str]:
    """The forward's layers, one a line: which one is wrong first, and what only inherited it."""
    lines = [short(line.plain, _NAME) for line in chain_lines(item.steps)]
    more = [f"and {len(lines) - _STEPS:,} more"] if len(lines) > _STEPS else []
    yield from ("", fenced("\n".join([*lines[:_STEPS], *more])))


def _elements(elements: TensorDifference) -> Iterator[str]:
    yield from ("", _row(ELEMENT_COLUMNS), "|" + "---|" * (len(ELEMENT_COLUMNS) - 1) + "--:|")
    shown = elements.first[:_ELEMENTS]
    for element in shown:
        at, *values, ulp = element_row(element)
        yield _row((cell(at), *(f"`{value}`" for value in values), ulp))
    if elements.differing > len(shown):
        yield from ("", f"the first {len(shown)} of {elements.differing:,}")
    if elements.pattern is not None:
        yield from ("", _text(elements.pattern))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str | None) -> str:
    return cell(short(text or "", _TEXT))

"""A saved JSON-lines report, read back strictly: one that was cut or edited is refused, and the line is named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Final, NoReturn, TypeAlias

import msgspec

from xcheck.compare.cells import SIDE
from xcheck.compare.result import CaseResult, ElementMap, FileResult, RunResult, TensorDifference
from xcheck.report.asked import Asked
from xcheck.report.exit_code import exit_code
from xcheck.report.lines import (
    FORMAT,
    VERSION,
    CaseLine,
    FileLine,
    FooterLine,
    HeaderLine,
    Line,
    file_line,
    footer_line,
)

_HEX: Final = re.compile(r"[0-9a-f]{16}")
_HISTOGRAM: Final = 65
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class ReportError(Exception):
    """A saved report that cannot be used; the text names the file and the line."""


@dataclass(frozen=True, slots=True)
class SavedReport:
    """What was found, what had been asked, and the exit code of the check."""

    run: RunResult
    asked: Asked
    exit_code: int


class _Kind(msgspec.Struct):
    """What every version of the first line has."""

    type: str
    format: str
    version: int


_File: TypeAlias = tuple[FileLine, list[CaseResult]]


def read_report(data: bytes, name: str) -> SavedReport:
    """The report in `data`, which is the content of the file `name`; raises `ReportError`."""
    return _Reader(name).read(data.splitlines())


class _Reader:
    """Knows the file and the line, for messages."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._line = 0
        self._lines: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)

    def read(self, lines: list[bytes]) -> SavedReport:
        if not lines:
            self._fail("the report is empty")
        self._line = 1
        header = self._header(lines[0])
        files: list[_File] = []
        footer: FooterLine | None = None
        for text in lines[1:]:
            self._line += 1
            # A line that stops in the middle is only ever the last one.
            line = self._decoded(text, last=self._line == len(lines))
            if footer is not None:
                self._fail("there is something after the footer")
            match line:
                case HeaderLine():
                    self._fail("a second header: this is more than one report")
                case FileLine():
                    files.append((line, []))
                case CaseLine():
                    self._case(line, files)
                case FooterLine():
                    footer = line
        if footer is None:
            self._fail("the report stops before its footer: it was cut")
        return self._whole(header, files, footer)

    def _header(self, text: bytes) -> HeaderLine:
        try:
            kind = msgspec.json.decode(text, type=_Kind)
        except _UNREADABLE:
            self._fail("this is no JSON-lines report of xcheck check: it does not begin with a header")
        if kind.type != "header" or kind.format != FORMAT:
            self._fail(f"this is a {kind.type} of {kind.format!r}, not the header of {FORMAT!r}")
        if kind.version != VERSION:
            self._fail(f"version {kind.version} of the format; this xcheck reads version {VERSION}")
        line = self._decoded(text, last=False)
        assert isinstance(line, HeaderLine)
        return line

    def _decoded(self, text: bytes, *, last: bool) -> Line:
        try:
            return self._lines.decode(text)
        except msgspec.ValidationError as error:
            self._fail(f"no line of a report: {error}")
        except _UNREADABLE as error:
            self._fail("the report stops in the middle of a line: it was cut" if last else f"this is no JSON: {error}")

    def _case(self, line: CaseLine, files: list[_File]) -> None:
        if not files or files[-1][0].source != line.source:
            self._fail(f"case {line.name!r} is of {line.source!r}, which is not the file before it")
        case = CaseResult(line.name, line.items, line.diagnosis, line.primitives, line.diagnosed)
        if case.status is not line.status:
            self._fail(f"case {line.name!r} is said to be {line.status}; its items are {case.status}")
        for each in case.diagnosis:
            if not 0 <= each.explained <= each.findings:
                self._fail(f"case {line.name!r}: {each.explained} of {each.findings} findings are explained")
        for difference in _differences(case):
            problem = _unsound(difference)
            if problem is not None:
                self._fail(f"case {line.name!r}: {problem}")
        files[-1][1].append(case)

    def _whole(self, header: HeaderLine, files: list[_File], footer: FooterLine) -> SavedReport:
        results = tuple(_file(line, cases) for line, cases in files)
        for (line, _), result in zip(files, results, strict=True):
            if file_line(result).status is not line.status:
                self._fail(f"{line.source} is said to be {line.status}; its cases are {file_line(result).status}")
        run = RunResult(results, footer.error, footer.outdated)
        code = exit_code(run, allow_incomparable=header.asked.allow_incomparable)
        counted = footer_line(run, code)
        for field in FooterLine.__struct_fields__:
            said, found = getattr(footer, field), getattr(counted, field)
            if said != found:
                what = field.replace("_", " ")
                self._fail(f"the footer says {what} {said}, the lines before it come to {found}")
        return SavedReport(run, header.asked, code)

    def _fail(self, message: str) -> NoReturn:
        where = f"{self._name}:{self._line}" if self._line else self._name
        raise ReportError(f"{where}: {message}") from None


def _file(line: FileLine, cases: Iterable[CaseResult]) -> FileResult:
    file = FileResult(line.source, line.profile, line.headers, tuple(cases), line.error)
    return replace(file, not_run=line.not_run, not_run_reason=line.not_run_reason, arguments=line.arguments)


def _differences(case: CaseResult) -> Iterable[TensorDifference]:
    for item in case.items:
        for finding in item.findings:
            if finding.elements is not None:
                yield finding.elements


def _unsound(difference: TensorDifference) -> str | None:
    """What the types do not say and every format relies on."""
    count = prod(difference.shape)
    if not 0 < difference.differing <= difference.total == count:
        return f"{difference.differing} of {difference.total} elements differ in a tensor of {count}"
    if (
        difference.max_ulp is not None and difference.max_ulp < 0
    ) or not 0 <= difference.not_finite <= difference.differing:
        return "its distances cannot be"
    if not difference.first:
        return "none of the elements that differ is given"
    for element in difference.first:
        if len(element.coordinate) != len(difference.shape) or not all(
            0 <= at < extent for at, extent in zip(element.coordinate, difference.shape, strict=True)
        ):
            return f"{list(element.coordinate)} is no place in a tensor of shape {list(difference.shape)}"
        for bits in (element.lean, element.reference):
            if not _HEX.fullmatch(bits):
                return f"{bits!r} is not 16 hexadecimal digits"
    if difference.cells is not None and not _fits(difference.cells):
        return "the parts of an element map do not fit together"
    return None


def _fits(cells: ElementMap) -> bool:
    count, rest = divmod(len(cells.lean), 8)
    return (
        rest == 0
        and 0 < cells.rows <= SIDE
        and 0 < cells.columns <= SIDE
        and (cells.rows - 1) * cells.columns < count <= cells.rows * cells.columns
        and len(cells.reference) == len(cells.lean)
        and len(cells.places) in (0, len(cells.lean))
        and len(cells.counts) in (0, count)
        and len(cells.histogram) == _HISTOGRAM
    )

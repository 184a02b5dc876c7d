"""A check as JUnit XML: a suite for each file, a test for each case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from xcheck.compare.result import FIRST_SHOWN, CaseResult, FileResult, RunResult, Status
from xcheck.report.asked import Asked
from xcheck.report.chain import chain_lines
from xcheck.report.diagnosis import diagnosis_lines
from xcheck.report.divergence import ELEMENT_COLUMNS, cause, element_row, finding_text, first_divergence
from xcheck.report.reproduce import reproduce
from xcheck.shown import visible

_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
# What `visible` leaves and XML 1.0 cannot hold: halves of surrogate pairs, and two that are no characters.
_UNFIT: Final = dict.fromkeys([*range(0xD800, 0xE000), 0xFFFE, 0xFFFF], "\N{REPLACEMENT CHARACTER}")


def report(run: RunResult, asked: Asked, code: int) -> str:
    """The whole document."""
    whole: Any = JUnitXml("xcheck")  # some of its methods are not typed
    for file in run.files:
        whole.add_testsuite(_suite(file))
    if run.error is not None or run.outdated:
        whole.add_testsuite(_run_suite(run))
    whole.update_statistics()
    text: str = whole.tostring().decode()
    return f"{_HEAD}{text}\n"


def _suite(file: FileResult) -> TestSuite:
    suite = TestSuite(_fit(file.source))
    if file.profile is not None:
        suite.add_property("profile", _fit(file.profile))
    if file.not_run_reason is not None:
        suite.add_property("not run", _fit(f"{file.not_run:,} cases: {file.not_run_reason}"))
    for case in file.cases:
        suite.add_testcase(_test(case.name, file.source, _result(file, case)))
    if file.error is not None:
        suite.add_testcase(_test("the file", file.source, _filled(Error, file.error, "could not compare", file.error)))
    return suite


def _run_suite(run: RunResult) -> TestSuite:
    """What concerns the run as a whole, and no file of it."""
    suite = TestSuite("xcheck")
    if run.error is not None:
        suite.add_testcase(_test("the run", "xcheck", _filled(Error, run.error, "could not compare", run.error)))
    for entry in run.outdated:
        suite.add_testcase(_test("known differences", "xcheck", _filled(Failure, entry, "outdated", entry)))
    return suite


def _test(name: str, group: str, result: FinalResult | None) -> TestCase:
    test = TestCase(_fit(name), _fit(group))
    if result is not None:
        test.result = [result]
    return test


def _result(file: FileResult, case: CaseResult) -> FinalResult | None:
    """An error before a failure, a failure before what could not be compared."""
    reasons = {item.reason: item.status for item in case.items if item.reason is not None}
    text = "\n".join([*_failure(file, case), *(f"{status}: {reason}" for reason, status in reasons.items())])
    for reason, status in reasons.items():
        if status is Status.ERRORED:
            return _filled(Error, reason, "errored", text)
    if case.findings:
        first = first_divergence(case)
        assert first is not None
        return _filled(Failure, cause(case), first[1].what, text)
    if reasons:
        return _filled(Skipped, next(iter(reasons)), "not comparable", text)
    return None


def _failure(file: FileResult, case: CaseResult) -> Iterator[str]:
    """The cause, the first place that differs, and the command that shows it again."""
    first = first_divergence(case)
    if first is None:
        return
    yield from diagnosis_lines(case)
    item, finding = first
    yield f"{item.item}, line {item.line}: {finding_text(finding)}"
    yield from (f"why: {reason}" for reason in finding.why)
    yield from (line.plain for line in chain_lines(item.steps))
    if finding.elements is not None:
        yield "  ".join(ELEMENT_COLUMNS)
        yield from ("  ".join(element_row(element)) for element in finding.elements.first[:FIRST_SHOWN])
    if case.findings > 1:
        yield f"{case.findings - 1:,} more findings in this case"
    yield f"reproduce: {reproduce(file, case)}"


def _filled(kind: type[FinalResult], message: str, type_: str, text: str) -> FinalResult:
    result = kind(_fit(message.replace("\n", " ")), _fit(type_))
    result.text = _fit(text)
    return result


def _fit(text: str) -> str:
    return visible(text).translate(_UNFIT)

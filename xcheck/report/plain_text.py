"""A check as text in a file: what the terminal shows, without colours."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from xcheck.compare.result import RunResult
from xcheck.report.asked import Asked
from xcheck.report.console import plain
from xcheck.report.text import file_line, file_report, summary


def report(run: RunResult, asked: Asked, code: int) -> str:
    """The whole report."""
    return plain(_parts(run))


def _parts(run: RunResult) -> Iterator[RenderableType]:
    for file in run.files:
        yield file_line(file)
        yield from file_report(file)
    yield summary(run)

"""A check as JSON lines, one at a time while it goes on, or all of them. `xcheck schema check` prints their schema."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from xcheck import __version__
from xcheck.compare.result import FileResult, RunResult
from xcheck.report import lines
from xcheck.report.asked import Asked


def report(run: RunResult, asked: Asked, code: int) -> str:
    """Every line."""
    whole = [header(asked), *(line for file in run.files for line in file_lines(file)), footer(run, code)]
    return b"".join(whole).decode()


def header(asked: Asked) -> bytes:
    """The first line."""
    return _encoded(lines.HeaderLine(lines.FORMAT, lines.VERSION, __version__, asked))


def file_lines(file: FileResult) -> Iterator[bytes]:
    """The file's line, then one for each case."""
    yield _encoded(lines.file_line(file))
    for case in file.cases:
        yield _encoded(lines.case_line(file, case))


def footer(run: RunResult, code: int) -> bytes:
    """The last line: a report without it was cut."""
    return _encoded(lines.footer_line(run, code))


def _encoded(line: lines.Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"

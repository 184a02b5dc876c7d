"""A check as one HTML page."""

from __future__ import annotations

from xcheck.compare.result import RunResult
from xcheck.report.asked import Asked
from xcheck.report.page import check_page


def report(run: RunResult, asked: Asked, code: int) -> str:
    """The whole page."""
    return check_page(run, asked.command(), code=code)

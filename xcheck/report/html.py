"""A check as one HTML page."""

from __future__ import annotations

from importlib import import_module

from xcheck.compare.result import RunResult
from xcheck.report.asked import Asked


def report(run: RunResult, asked: Asked, code: int) -> str:
    """The whole page."""
    page: str = import_module("xcheck.report.page").check_page(run, asked.command())
    return page

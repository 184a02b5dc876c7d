"""Where results and narration go: results to stdout, narration to stderr, colour only on a terminal."""

from __future__ import annotations

from rich.console import Console

from xcheck.report.console import console


def results() -> Console:
    """The console for results."""
    return console()


def narration() -> Console:
    """The console for progress and warnings."""
    return console(stderr=True)

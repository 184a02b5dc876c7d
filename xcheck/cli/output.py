"""Where results and narration go: results to stdout, narration to stderr, colour only on a terminal."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console

_PIPED_WIDTH: Final = 200  # wide enough that no result line is ever folded in a file


class _Console(Console):
    """Leaves a reader that went away to `main`: rich would exit with 1, which here means "disagree"."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def results() -> Console:
    """The console for results."""
    return _console(stderr=False)


def narration() -> Console:
    """The console for progress and warnings."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPED_WIDTH
    return _Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True, width=width)

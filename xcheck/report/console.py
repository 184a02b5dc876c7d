"""The console that reports are printed on, so that every line of them is the same wherever it goes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from xcheck.shown import visible

# Wide enough that no result line is ever folded in a file, and no value cut short on a narrow terminal: that folds
# lines by itself, and keeps every digit.
_WIDTH: Final = 200


class _Console(Console):
    """Leaves a reader that went away to `main`: rich would exit with 1, which here means "disagree".

    Names come from files, so controls in them are replaced: they could recolour or overwrite what a report says.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class _LiveConsole(_Console):
    """Keeps the cursor: a process that is killed could not give it back to the terminal."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


def console(*, stderr: bool = False) -> Console:
    """A console on standard output or standard error; colours only on a terminal."""
    return _console(stderr=stderr)


def live_console() -> Console:
    """A console on standard error for one line that changes, as wide as the terminal."""
    return _LiveConsole(stderr=True, highlight=False, markup=False, emoji=False)


def plain(parts: Iterable[RenderableType]) -> str:
    """What the console would print, without colours."""
    stream = io.StringIO()
    printer = _console(file=stream, force_terminal=False, color_system=None)
    for part in parts:
        printer.print(part)
    return stream.getvalue()


def _console(**where: Any) -> Console:
    return _Console(**where, highlight=False, markup=False, emoji=False, soft_wrap=True, width=_WIDTH)

"""Where results and narration go: results to stdout, narration to stderr, colour only on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

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


def results() -> Console:
    """The console for results."""
    return _console(stderr=False)


def narration() -> Console:
    """The console for progress and warnings."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    return _Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True, width=_WIDTH)

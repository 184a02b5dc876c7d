"""Progress on standard error: one line, there only on a terminal and only while something is being worked on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

Thing = TypeVar("Thing")


class Progress:
    """A text with a bar where it is known how much there is to do. Nothing is loaded or shown off a terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._bar: Bar | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.clear()

    def __call__(self, text: str, done: int = 0, total: int | None = None) -> None:
        """Show this from now on."""
        if not self._terminal:
            return
        if self._bar is None:
            self._bar = _new_bar()
            self._bar.add_task(text, total=total)
            self._bar.start()
        (task,) = self._bar.task_ids
        self._bar.update(task, description=text, completed=done, total=total)

    def clear(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """The line is away while something else is printed where it is."""
        bar = self._bar
        if bar is not None:
            bar.stop()
        yield
        if bar is not None:
            bar.start()

    def beside(self, show: Callable[[Thing], None]) -> Callable[[Thing], None]:
        """The same function, with the line away while it prints."""

        def shown(thing: Thing) -> None:
            with self.hidden():
                show(thing)

        return shown

    def over(self, things: Iterable[Thing], what: str, total: int | None = None) -> Iterator[Thing]:
        """The same things; how many there were is shown as they go by."""
        self(what, 0, total)
        for done, thing in enumerate(things, 1):
            self(f"{what}, {done:,}" + ("" if total is None else f" of {total:,}"), done, total)
            yield thing


class Checking:
    """How far a check is: files done of all, and cases."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._files = self._total = self._cases = 0

    def begin(self, total: int) -> None:
        """So many files are to be checked."""
        self._total = total
        self._show()

    def cases(self, count: int) -> None:
        """So many more cases are done."""
        self._cases += count
        self._show()

    def shown(self, show: Callable[[Thing], None]) -> Callable[[Thing], None]:
        """One more file is done, each time it is shown by the function this gives."""
        beside = self._progress.beside(show)

        def count(thing: Thing) -> None:
            beside(thing)
            self._files += 1
            self._show()

        return count

    def _show(self) -> None:
        text = f"checking: {self._files:,} of {self._total:,} files, {self._cases:,} cases"
        self._progress(text, self._files, self._total)


def _new_bar() -> Bar:
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    from xcheck.report.console import live_console

    text = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
    # What is printed meanwhile goes to standard output, which is not this console's: nothing is redirected.
    where = {"console": live_console(), "redirect_stdout": False, "redirect_stderr": False}
    return Bar(SpinnerColumn(), text, BarColumn(20), TimeElapsedColumn(), transient=True, **where)  # type: ignore[arg-type]

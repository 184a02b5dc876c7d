"""`xcheck check --watch`: check, wait for a change, check again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from typing import Final

import click

from xcheck.cli.checking import Plan, checked, results_of
from xcheck.cli.output import narration, results
from xcheck.cli.progress import Checking
from xcheck.cli.reporting import STDOUT, Reporter, reporter
from xcheck.cli.signals import orderly
from xcheck.cli.watched import Look, States, folders, look
from xcheck.compare.executors import ExecutorError
from xcheck.compare.known import KnownError
from xcheck.compare.result import FileResult, RunResult
from xcheck.compare.runner import Narrate
from xcheck.inputs import STDIN, NoInputError, Source
from xcheck.report.exit_code import COULD_NOT_COMPARE
from xcheck.report.formats import FORMATS

# Changes are told of; a look now and then finds one that fell between two waits, or on a file system that tells none.
_LOOK_EVERY: Final = 1.0
_LOOK_SHARE: Final = 20  # a look may take one part in so many
_NAMES: Final = 4


def watch(plan: Plan, form: str, output: str | None) -> int:
    """Check whenever something changes, until Ctrl-C; gives the exit code of the last check."""
    _need_watchable(plan, form, output)
    last = _Last()
    rounds = _Rounds(plan)
    separate = narration() if form == "jsonl" and output in (None, STDOUT) else results()
    try:
        with orderly():
            seen: Look | None = None
            while True:
                found = look(plan)
                if seen is None or found != seen:
                    separate.print(_headline(found, seen))
                    _round(plan, form, output, rounds, found, last)
                    sys.stdout.flush()
                    seen = found
                else:
                    _wait(plan, seen)
    except NoInputError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        return last.code


def _need_watchable(plan: Plan, form: str, output: str | None) -> None:
    if find_spec("watchfiles") is None:
        raise click.ClickException("--watch needs watchfiles: pip install 'torchlean-xcheck[watch]'")
    if STDIN in plan.paths:
        raise click.UsageError("standard input cannot be watched: name files or folders with --watch")
    if output in (None, STDOUT) and not FORMATS[form].repeats:
        raise click.UsageError(f"one {form} report after the other is none: name a file with -o")
    reporter(form, output, plan.asked)  # what is wrong with them stays wrong


def _round(plan: Plan, form: str, output: str | None, rounds: _Rounds, found: Look, last: _Last) -> None:
    """One check; what is wrong with it this time is said, and the next change tries again."""
    try:
        last.report = reporter(form, output, plan.asked)
        checked(plan, last, partial(rounds.results, found))
    except (KnownError, ExecutorError) as error:
        last.code = COULD_NOT_COMPARE
        click.echo(f"Error: {error}", err=True)
    except click.ClickException as error:
        last.code = COULD_NOT_COMPARE
        click.echo(f"Error: {error.format_message()}", err=True)


class _Last:
    """Reports a round by another reporter; who sees its last line and presses Ctrl-C gets its exit code."""

    code = COULD_NOT_COMPARE
    report: Reporter

    def file(self, file: FileResult) -> None:
        self.report.file(file)

    def end(self, run: RunResult, code: int) -> None:
        self.code = code
        self.report.end(run, code)


def _headline(found: Look, seen: Look | None) -> str:
    now = datetime.now().strftime("%H:%M:%S")
    if seen is None:
        return f"--- {now}  checking; Ctrl-C ends"
    names = found.changed(seen)
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return f"\n--- {now}  changed: {', '.join(names[:_NAMES])}{more}"


def _wait(plan: Plan, seen: Look) -> None:
    """Until something is not as it was seen."""
    from watchfiles import watch as changes

    pause = _LOOK_EVERY
    try:
        for told in changes(
            *folders(plan, seen),
            watch_filter=None,
            step=100,
            rust_timeout=int(1000 * pause),
            yield_on_timeout=True,
            recursive=False,
            ignore_permission_denied=True,
        ):
            started = time.monotonic()
            if told or look(plan) != seen:
                return
            # A large tree is looked at less often.
            if time.monotonic() - started > pause / _LOOK_SHARE:
                time.sleep(_LOOK_SHARE * (time.monotonic() - started))
    except FileNotFoundError:
        return  # a folder that went away: another look says what is left


class _Rounds:
    """Keeps results from one round to the next: a file that is as it was need not be checked again.

    That holds while the model it is checked against is the same. Where the run stops early, what one file comes to
    depends on those before it, so nothing is kept.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._kept: dict[Source, tuple[States, States, FileResult]] = {}

    def results(self, found: Look, narrate: Narrate, checking: Checking) -> Iterator[FileResult]:
        """The results of all sources, in order; only those are checked that are not as they were."""
        states = dict(found.sources)
        if self._plan.options.max_fail is not None:
            self._kept = {}
        kept = {
            source: result
            for source, (files, model, result) in self._kept.items()
            if states.get(source) == files and model == found.model
        }
        todo = [source for source in states if source not in kept]
        fresh = results_of(self._plan, todo, narrate, checking)
        self._kept = {source: (states[source], found.model, result) for source, result in kept.items()}
        for source, _ in found.sources:
            if source not in kept:
                kept[source] = next(fresh)
                self._kept[source] = (states[source], found.model, kept[source])
            yield kept[source]

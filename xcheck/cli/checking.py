"""What `xcheck check` does apart from its options: from paths to a run's results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xcheck.cli.progress import Checking, Progress
from xcheck.cli.reporting import Reporter
from xcheck.compare.check import Options
from xcheck.compare.known import Known, apply_known, problems, read_known
from xcheck.compare.result import FileResult, RunResult
from xcheck.compare.runner import Narrate, limited, run
from xcheck.inputs import Source, sources_of
from xcheck.report.asked import Asked
from xcheck.report.exit_code import exit_code
from xcheck.shown import path_text

if TYPE_CHECKING:
    from xcheck.compare.against_model import ModelChoice


@dataclass(frozen=True, slots=True)
class Plan:
    """A check to be done, once or again and again."""

    paths: tuple[str, ...]
    options: Options
    model: ModelChoice | None = None
    known: str | None = None
    jobs: int = 1
    executor: str | None = None
    allow_incomparable: bool = False

    @property
    def asked(self) -> Asked:
        """What reports say of it."""
        options = self.options
        return Asked(
            tuple(map(path_text, self.paths)),
            options.profile,
            path_text(options.contains),
            None if options.exactly is None else path_text(options.exactly),
            options.max_fail,
            options.policy,
            None if self.known is None else path_text(self.known),
            () if self.model is None else tuple(map(path_text, self.model.arguments)),
            self.allow_incomparable,
        )


def sources(plan: Plan) -> list[Source]:
    """What is to be checked, in order; raises `NoInputError`."""
    return sources_of(plan.paths) if plan.model is None else [Source(path) for path in plan.paths]


def results_of(plan: Plan, chosen: Sequence[Source], narrate: Narrate, checking: Checking) -> Iterator[FileResult]:
    """The result of each of these sources as it was found, in order; raises `ExecutorError`."""
    checking.begin(len(chosen))
    # A known difference does not count as a failure, so there the cut comes after them.
    options = replace(plan.options, max_fail=None) if plan.known is not None else plan.options
    if plan.model is None:
        yield from run(chosen, options, plan.jobs, plan.executor, narrate, checking.cases)
        return
    from xcheck.compare.against_model import check_against_model

    for source in chosen:
        result = check_against_model(source.path, plan.model, options)
        yield replace(result, source=source.name)


def _whole_run(plan: Plan, results: Iterable[FileResult], show: Callable[[FileResult], None]) -> RunResult:
    """The run these results make, each shown as it comes; raises `KnownError`."""
    known = read_known(Path(plan.known)) if plan.known is not None else Known("", ())
    today = date.today()
    used: set[int] = set()

    def judged() -> Iterator[FileResult]:
        for file in results:
            done, matched = apply_known(known, file, today)
            used.update(matched)
            yield done

    files: list[FileResult] = []
    for file in limited(judged(), plan.options.max_fail if plan.known is not None else None):
        files.append(file)
        show(file)
    selected = any(file.cases for file in files)
    broken = any(file.error is not None for file in files)
    error = None if selected or broken else "no case was selected"
    selection = plan.options.contains or plan.options.exactly is not None
    complete = not selection and plan.model is None and not any(file.not_run for file in files)
    return RunResult(tuple(files), error, problems(known, frozenset(used), today, complete))


def checked(plan: Plan, report: Reporter, results: Callable[[Narrate, Checking], Iterable[FileResult]]) -> int:
    """Report these results as they come, with progress beside them; gives the exit code. Raises `KnownError`."""
    with Progress() as progress:
        checking = Checking(progress)
        found = _whole_run(plan, results(progress.beside(_narrate), checking), checking.shown(report.file))
    code = exit_code(found, allow_incomparable=plan.allow_incomparable)
    report.end(found, code)
    return code


def _narrate(line: str) -> None:
    click.echo(line, err=True)

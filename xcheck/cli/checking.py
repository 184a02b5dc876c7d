"""What `xcheck check` does apart from its options: from paths to a run's results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from xcheck.cli.progress import Checking
from xcheck.compare.check import Options
from xcheck.compare.known import Known, apply_known, problems, read_known
from xcheck.compare.result import FileResult, RunResult
from xcheck.compare.runner import Narrate, limited, run
from xcheck.inputs import sources_of
from xcheck.report.asked import Asked
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


def results_of(plan: Plan, narrate: Narrate, checking: Checking) -> Iterator[FileResult]:
    """Every file's result as it was found, in order; raises `NoInputError` and `ExecutorError`."""
    # A known difference does not count as a failure, so there the cut comes after them.
    options = replace(plan.options, max_fail=None) if plan.known is not None else plan.options
    if plan.model is None:
        sources = sources_of(plan.paths)
        checking.begin(len(sources))
        yield from run(sources, options, plan.jobs, plan.executor, narrate, checking.cases)
        return
    from xcheck.compare.against_model import check_against_model

    checking.begin(len(plan.paths))
    for path in plan.paths:
        result = check_against_model(path, plan.model, options)
        yield replace(result, source=path_text(result.source))


def whole_run(plan: Plan, results: Iterable[FileResult], show: Callable[[FileResult], None]) -> RunResult:
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

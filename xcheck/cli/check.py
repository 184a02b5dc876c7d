"""`xcheck check PATH...`: replay Lean exports and compare, to the bit."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from xcheck.cli import options as values
from xcheck.compare.check import Options
from xcheck.compare.executors import ExecutorError
from xcheck.compare.known import Known, KnownError, apply_known, problems, read_known
from xcheck.compare.policy import Allowance, Policy
from xcheck.compare.result import FileResult, RunResult
from xcheck.compare.runner import limited, run
from xcheck.inputs import STDIN, NoInputError, is_parameter_file, sources_of
from xcheck.report.exit_code import exit_code


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--profile", default="auto", callback=values.profile, metavar="auto|NAME", help="Semantics to replay with."
)
@click.option("-k", "contains", default="", metavar="SUBSTRING", help="Only cases whose name contains this.")
@click.option("--case", "exactly", default=None, metavar="NAME", help="Only the case of exactly this name.")
@click.option("--fail-fast", is_flag=True, help="Stop after the first case that does not pass.")
@click.option("--max-fail", type=click.IntRange(1), metavar="N", help="Stop after N cases that do not pass.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", help="How to report.")
@click.option("--jobs", type=click.IntRange(1), default=1, metavar="N", help="Processes to use.")
@click.option("--executor", metavar="dask://HOST:PORT", help="Replay on this engine instead of local processes.")
@click.option(
    "--allow-ulp",
    "allowances",
    multiple=True,
    callback=values.allowances,
    metavar="FUNCTION=ULP",
    help="Admit this many ulp on layers that reach a C library function (another host's exp, say).",
)
@click.option("--known", "known_file", metavar="FILE.toml", help="Differences that are known, each with its reason.")
@click.option("--source", metavar="FILE.lean", help="The Lean source of the model, for --call or --expr.")
@click.option("--call", metavar="'NAME ARG...'", help="The model is this call of a definition of --source.")
@click.option("--expr", "expression", metavar="TERM", help="The model is this Lean expression.")
@click.option("-I", "--search-path", "roots", multiple=True, metavar="DIR", help="Where --source's imports are found.")
@click.option("--tlx", metavar="FILE.tlx", help="The model of a parameter file is a case of this export (see --case).")
@click.option("--allow-incomparable", is_flag=True, help="Do not count items that cannot be compared against the run.")
def command(
    paths: tuple[str, ...],
    profile: str,
    contains: str,
    exactly: str | None,
    fail_fast: bool,
    max_fail: int | None,
    form: str,
    jobs: int,
    executor: str | None,
    allowances: tuple[Allowance, ...],
    known_file: str | None,
    source: str | None,
    call: str | None,
    expression: str | None,
    roots: tuple[str, ...],
    tlx: str | None,
    allow_incomparable: bool,
) -> None:
    """Replay the exports in PATH... and compare every item with what Lean wrote.

    PATH is a .tlx file, a fixture set, a folder of either, or - for standard input. With --call or --expr, the exported
    graph must also be the one the Lean source denotes. PATH may be one of TorchLean's own parameter files too: then
    --call, --expr or --tlx names the model whose deterministic initialisation it should hold.
    """
    models = sum(value is not None for value in (call, expression, tlx))
    if models > 1 or (source is not None and call is None and expression is None):
        raise click.UsageError("name one model: --call or --expr (with --source), or --tlx")
    if call is not None and source is None:
        raise click.UsageError("--call needs the --source that defines it; --expr works without one")
    most = 1 if fail_fast else max_fail
    # A known difference does not count as a failure, so the cut comes after them.
    options = Options(profile, contains, exactly, None if known_file else most, Policy(allowances))
    results: Iterable[FileResult]
    try:
        known = read_known(Path(known_file)) if known_file else Known("", ())
        if models:
            results = _against_model(paths, source, call, expression, roots, tlx, options)
        else:
            _no_parameter_file(paths)
            results = run(sources_of(paths), options, jobs, executor, _narrate)
        expected = _Expected(known, results)
        result = _report(limited(expected.results(), most if known_file else None), form)
    except (NoInputError, KnownError, ExecutorError) as error:
        raise click.ClickException(str(error)) from None
    complete = not contains and exactly is None and not models and not any(file.not_run for file in result.files)
    result = replace(result, outdated=problems(known, expected.used, date.today(), complete))
    code = exit_code(result, allow_incomparable=allow_incomparable)
    _close(result, form, code)
    raise click.exceptions.Exit(code)


class _Expected:
    """Applies the known differences to results as they come, and remembers which entries were used."""

    def __init__(self, known: Known, results: Iterable[FileResult]) -> None:
        self.used: frozenset[int] = frozenset()
        self._known = known
        self._results = results

    def results(self) -> Iterator[FileResult]:
        today = date.today()
        for file in self._results:
            done, used = apply_known(self._known, file, today)
            self.used |= used
            yield done


def _against_model(
    paths: Sequence[str],
    source: str | None,
    call: str | None,
    expression: str | None,
    roots: tuple[str, ...],
    tlx: str | None,
    options: Options,
) -> Iterator[FileResult]:
    from xcheck.compare.against_model import ModelChoice, check_against_model

    choice = ModelChoice(source, call, expression, roots, tlx)
    return (check_against_model(path, choice, options) for path in paths)


def _no_parameter_file(paths: Sequence[str]) -> None:
    for path in paths:
        if path != STDIN and Path(path).is_file() and is_parameter_file(path):
            raise click.UsageError(f"{path} is a parameter file: name its model with --call, --expr or --tlx")


def _narrate(line: str) -> None:
    click.echo(line, err=True)


def _report(results: Iterable[FileResult], form: str) -> RunResult:
    """Print each result as it comes; gives the whole run."""
    files: list[FileResult] = []
    for file in results:
        files.append(file)
        (_text if form == "text" else _jsonl)(file)
    selected = any(file.cases for file in files)
    broken = any(file.error is not None for file in files)
    return RunResult(tuple(files), None if selected or broken else "no case was selected")


def _text(file: FileResult) -> None:
    from xcheck.cli.output import results
    from xcheck.report.text import print_file

    print_file(results(), file)


def _jsonl(file: FileResult) -> None:
    from xcheck.report.jsonl import file_lines

    for line in file_lines(file):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _close(result: RunResult, form: str, code: int) -> None:
    if form == "text":
        from xcheck.cli.output import results
        from xcheck.report.text import summary

        results().print(summary(result))
        return
    from xcheck.report.jsonl import summary_line

    sys.stdout.buffer.write(summary_line(result, code))
    sys.stdout.buffer.flush()

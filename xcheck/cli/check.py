"""`xcheck check PATH...`: replay Lean exports and compare, to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xcheck.cli import options as values
from xcheck.cli.checking import Plan, checked, results_of, sources
from xcheck.cli.reporting import refuse_input, reporter
from xcheck.compare.check import Options
from xcheck.compare.executors import ExecutorError
from xcheck.compare.known import KnownError
from xcheck.compare.policy import Allowance, Policy
from xcheck.inputs import STDIN, NoInputError, is_parameter_file
from xcheck.report.formats import FORMATS

if TYPE_CHECKING:
    from xcheck.compare.against_model import ModelChoice


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--profile", default="auto", callback=values.profile, metavar="auto|NAME", help="Semantics to replay with."
)
@click.option("-k", "contains", default="", metavar="SUBSTRING", help="Only cases whose name contains this.")
@click.option("--case", "exactly", default=None, metavar="NAME", help="Only the case of exactly this name.")
@click.option("--fail-fast", is_flag=True, help="Stop after the first case that does not pass.")
@click.option("--max-fail", type=click.IntRange(1), metavar="N", help="Stop after N cases that do not pass.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="How to report.")
@click.option("-o", "--output", metavar="FILE", help="Write the report to FILE, and a line for each file to stdout.")
@click.option("--maps", is_flag=True, help="Give each difference a map of its elements (html always has them).")
@click.option("--diagnose/--no-diagnose", default=True, help="Whether to look for causes (on by default).")
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
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option("--allow-incomparable", is_flag=True, help="Do not count items that cannot be compared against the run.")
def command(
    paths: tuple[str, ...],
    profile: str,
    contains: str,
    exactly: str | None,
    fail_fast: bool,
    max_fail: int | None,
    form: str,
    output: str | None,
    maps: bool,
    diagnose: bool,
    jobs: int,
    executor: str | None,
    allowances: tuple[Allowance, ...],
    known_file: str | None,
    source: str | None,
    call: str | None,
    expression: str | None,
    roots: tuple[str, ...],
    tlx: str | None,
    watching: bool,
    allow_incomparable: bool,
) -> None:
    """Replay the exports in PATH... and compare every item with what Lean wrote.

    PATH is a .tlx file, a fixture set, a folder of either, or - for standard input. With --call or --expr, the exported
    graph must also be the one the Lean source denotes. PATH may be one of TorchLean's own parameter files too: then
    --call, --expr or --tlx names the model whose deterministic initialisation it should hold.
    """
    model = _model(source, call, expression, roots, tlx)
    if model is None:
        _no_parameter_file(paths)
    refuse_input(output, (*paths, known_file, source, tlx))
    # What is known is told apart only afterwards, and must not use up the ration of the others.
    policy = Policy(allowances, diagnose, maps or FORMATS[form].maps, rationed=known_file is None)
    options = Options(profile, contains, exactly, 1 if fail_fast else max_fail, policy)
    plan = Plan(paths, options, model, known_file, jobs, executor, allow_incomparable)
    if watching:
        from xcheck.cli.watch import watch

        raise click.exceptions.Exit(watch(plan, form, output))
    report = reporter(form, output, plan.asked)
    try:
        code = checked(plan, report, partial(results_of, plan, sources(plan)))
    except (NoInputError, KnownError, ExecutorError) as error:
        raise click.ClickException(str(error)) from None
    raise click.exceptions.Exit(code)


def _model(
    source: str | None, call: str | None, expression: str | None, roots: tuple[str, ...], tlx: str | None
) -> ModelChoice | None:
    models = sum(value is not None for value in (call, expression, tlx))
    if models > 1 or (source is not None and call is None and expression is None):
        raise click.UsageError("name one model: --call or --expr (with --source), or --tlx")
    if call is not None and source is None:
        raise click.UsageError("--call needs the --source that defines it; --expr works without one")
    if not models:
        return None
    from xcheck.compare.against_model import ModelChoice

    return ModelChoice(source, call, expression, roots, tlx)


def _no_parameter_file(paths: Sequence[str]) -> None:
    for path in paths:
        if path != STDIN and Path(path).is_file() and is_parameter_file(path):
            raise click.UsageError(f"{path} is a parameter file: name its model with --call, --expr or --tlx")

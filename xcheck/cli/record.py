"""`xcheck record PATH... -o SET`: turn Lean exports into a fixture set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from xcheck.cli import options as values
from xcheck.cli.output import narration
from xcheck.cli.progress import Checking, Progress
from xcheck.compare.check import Options
from xcheck.compare.executors import ExecutorError
from xcheck.compare.policy import Allowance, Policy
from xcheck.compare.reading import read_encoded
from xcheck.compare.result import FileResult, RunResult, Status
from xcheck.compare.runner import run
from xcheck.fixtures.errors import FixtureError
from xcheck.fixtures.manifest import Manifest, Replay
from xcheck.fixtures.record import RecordOptions, record
from xcheck.inputs import READ_ERRORS, NoInputError, sources_of
from xcheck.report.exit_code import exit_code


@click.command("record")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--output", "target", required=True, metavar="SET", help="The folder to write.")
@click.option("--force", is_flag=True, help="Replace the set that is there, once the new one is complete.")
@click.option("--min-cases", type=click.IntRange(0), default=0, metavar="N", help="A floor that every reader enforces.")
@click.option("--ipc", is_flag=True, help="Add an uncompressed Arrow copy, to be mapped into memory.")
@click.option("--profile", default="auto", callback=values.profile, metavar="auto|NAME", help="Semantics to replay.")
@click.option("--jobs", type=click.IntRange(1), default=values.processors, metavar="N", help="Processes to use.")
@click.option("--executor", metavar="dask://HOST:PORT", help="Replay on this engine instead of local processes.")
@click.option(
    "--allow-ulp",
    "allowances",
    multiple=True,
    callback=values.allowances,
    metavar="FUNCTION=ULP",
    help="Admit this many ulp in the replay, on layers that reach a C library function.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report.")
def command(
    paths: tuple[str, ...],
    target: str,
    force: bool,
    min_cases: int,
    ipc: bool,
    profile: str,
    jobs: int,
    executor: str | None,
    allowances: tuple[Allowance, ...],
    form: str,
) -> None:
    """Store the exports in PATH... as a fixture set, read it back and replay it.

    What Lean wrote is stored bit for bit, also where the reference disagrees: then the set is marked and the exit code
    is 1.
    """
    replays: list[FileResult] = []

    def replay(folder: Path) -> Replay:
        options = Options(profile, policy=Policy(allowances, diagnose=False))
        stored, checking = sources_of([str(folder)]), Checking(progress)
        checking.begin(len(stored))
        files = run(stored, options, jobs, executor, narrate, checking.cases)
        keep = checking.shown(replays.append)
        for file in files:
            keep(replace(file, source=target))
        _refuse_unreadable(folder, replays)
        return summary_of(replays)

    progress = Progress()
    narrate = progress.beside(narration().print)
    try:
        sources = sources_of(paths)
        with progress:
            exports = progress.over(read_encoded(sources, jobs, executor, narrate), "reading", len(sources))
            written = record(exports, Path(target), RecordOptions(ipc, min_cases, force), replay)
    except (NoInputError, ExecutorError, *READ_ERRORS) as error:
        raise click.ClickException(str(error)) from None
    if form == "json":
        click.echo(json.dumps(_as_json(target, written)))
    else:
        click.echo(_as_text(target, written))
        for file in replays:
            if file.error is not None:
                narration().print(f"not replayed: {file.error}")
    raise click.exceptions.Exit(exit_code(RunResult(tuple(replays))))


def summary_of(files: Sequence[FileResult]) -> Replay:
    """What a replay of a whole set came to, by case; a file that could not be replayed counts as errored."""
    cases = [case for file in files for case in file.cases]
    count = {status: sum(case.status is status for case in cases) for status in Status}
    errors = sum(file.error is not None for file in files)
    return Replay(
        agrees=not errors and count[Status.PASSED] == len(cases),
        passed=count[Status.PASSED],
        failed=count[Status.FAILED],
        not_comparable=count[Status.NOT_COMPARABLE],
        errored=count[Status.ERRORED] + errors,
        disagreeing=tuple(case.name for case in cases if case.status is Status.FAILED),
    )


def _refuse_unreadable(folder: Path, files: Sequence[FileResult]) -> None:
    """A set that cannot be read back is not kept; one whose profile is unknown is."""
    for file in files:
        if file.error is not None and file.error.startswith(str(folder)):
            raise FixtureError(file.source, f"what was written cannot be read back: {file.error}")


def _as_text(target: str, written: Manifest) -> str:
    exports = f"{len(written.origins)} export{'s' if len(written.origins) != 1 else ''}"
    replay = written.replay
    counts = (
        (replay.passed, "passed"),
        (replay.failed, "failed"),
        (replay.not_comparable, "not comparable"),
        (replay.errored, "errored"),
    )
    said = ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing to replay"
    marked = "" if replay.agrees else "; the set is marked: the replay does not agree"
    size = sum(entry.bytes for entry in written.files)
    return (
        f"{target}: {written.cases} cases of {exports}, {size:,} bytes\n"
        f"set hash {written.set_hash}\n"
        f"replay: {said}{marked}"
    )


def _as_json(target: str, written: Manifest) -> dict[str, object]:
    return {
        "set": target,
        "set_hash": written.set_hash,
        "provenance_hash": written.provenance_hash,
        "cases": written.cases,
        "exports": [origin.source for origin in written.origins],
        "agrees": written.replay.agrees,
        "passed": written.replay.passed,
        "failed": written.replay.failed,
        "not_comparable": written.replay.not_comparable,
        "errored": written.replay.errored,
    }

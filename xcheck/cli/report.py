"""`xcheck report FILE.jsonl`: a saved report in another format."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xcheck.cli.reporting import refuse_input, reporter
from xcheck.report.formats import FORMATS
from xcheck.report.saved import ReportError, SavedReport, read_report
from xcheck.shown import path_text

_STDIN = "-"


@click.command("report")
@click.argument("saved", metavar="FILE.jsonl")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="How to report.")
@click.option("-o", "--output", metavar="FILE", help="Write the report to FILE, and a line for each file to stdout.")
def command(saved: str, form: str, output: str | None) -> None:
    """Print what `xcheck check --format jsonl` saved in FILE.jsonl (- for standard input) in any format.

    The exit code is that of the check, so that it has to run only once for several reports.
    """
    refuse_input(output, (saved,))
    try:
        found = _read(saved)
    except ReportError as error:
        raise click.ClickException(str(error)) from None
    report = reporter(form, output, found.asked)
    for file in found.run.files:
        report.file(file)
    report.end(found.run, found.exit_code)
    raise click.exceptions.Exit(found.exit_code)


def _read(path: str) -> SavedReport:
    if path == _STDIN:
        return read_report(sys.stdin.buffer.read(), "<stdin>")
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ReportError(f"{path_text(path)}: cannot be opened: {error.strerror or error}") from None
    return read_report(data, path_text(path))

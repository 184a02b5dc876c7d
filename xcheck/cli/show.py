"""`xcheck show FILE [CASE]`: a case as a person would want to see it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from xcheck.cli.output import results
from xcheck.compare.check import profile_for
from xcheck.inputs import READ_ERRORS, NoInputError, sources_of
from xcheck.lean_parser.records import Export, Item
from xcheck.reference.profile import Profile, UnknownProfileError
from xcheck.report.case import case_lines


@click.command("show")
@click.argument("file", metavar="FILE")
@click.argument("case", required=False, metavar="[CASE]")
@click.option("--profile", default="auto", metavar="auto|NAME", help="Semantics to work seeds out with.")
@click.option("--lean", "as_lean", is_flag=True, help="Print CASE as Lean source in the profile's surface.")
def command(file: str, case: str | None, profile: str, as_lean: bool) -> None:
    """Print the headers and cases of an export or fixture set, or one CASE in full.

    In full: the chain, each layer with its parameter shapes and seeds, the initial values' statistics, and the shapes
    of every forward's trace.
    """
    try:
        export = _read(file, case)
        semantics = profile_for(export.headers, profile)
    except (NoInputError, *READ_ERRORS) as error:
        raise click.ClickException(str(error)) from None
    except UnknownProfileError as error:
        raise click.ClickException(f"{file}: {error}") from None
    if case is None and as_lean:
        raise click.UsageError("--lean needs a CASE")
    if case is None:
        _overview(export, semantics)
        return
    items = export.cases().get(case)
    if items is None:
        raise click.ClickException(f"{file}: no case {case!r}; {_nearest(case, export)}")
    if as_lean:
        _lean(file, items, semantics)
        return
    console = results()
    for line in case_lines(items, semantics):
        console.print(line)


def _read(path: str, case: str | None) -> Export:
    """The export at a path; of a fixture set or a folder the first that has the case."""
    export: Export | None = None
    for source in sources_of([path]):
        export = source.read()
        if case is None or case in export.cases():
            return export
    if export is None:
        raise NoInputError(f"{path}: there is nothing to show")
    return export


def _lean(file: str, items: tuple[Item, ...], profile: Profile) -> None:
    from xcheck.report.lean_source import NoLeanSourceError, lean_source

    try:
        click.echo(lean_source(items, profile), nl=False)
    except NoLeanSourceError as reason:
        raise click.ClickException(f"{file}: {reason}") from None


def _nearest(case: str, export: Export) -> str:
    import difflib

    close = difflib.get_close_matches(case, export.case_names(), n=3, cutoff=0.3)
    return "the nearest are " + ", ".join(close) if close else f"xcheck show {Path(export.source)} lists them"


def _overview(export: Export, profile: Profile) -> None:
    console = results()
    for name, value in export.headers.items():
        console.print(f"{name:10} {value}")
    console.print(f"{'semantics':10} {profile.name}\n")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("case", "items", "input", "output", "parameters"):
        table.add_column(column, no_wrap=True, justify="right" if column in ("items", "parameters") else "left")
    from xcheck.report.case import case_row

    for name, items in export.cases().items():
        table.add_row(name, *case_row(items))
    console.print(table)

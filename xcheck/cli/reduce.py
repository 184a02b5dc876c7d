"""`xcheck reduce CASE.tlx --oracle COMMAND`: from a case that disagrees to a small one."""

from __future__ import annotations

import re
from pathlib import Path

import click

from xcheck.cli.live import live, need_folder, oracle_options, report
from xcheck.cli.output import results
from xcheck.cli.progress import Progress
from xcheck.compare.result import Status
from xcheck.fuzz.reduce import reduce_request
from xcheck.inputs import Source
from xcheck.lean_parser.errors import ParseError
from xcheck.lean_parser.records import Export, GraphItem
from xcheck.oracle.messages import Request, asks_of
from xcheck.report.exit_code import COULD_NOT_COMPARE, DISAGREE


@click.command("reduce")
@click.argument("file", metavar="CASE.tlx")
@click.option("--case", "name", default=None, metavar="NAME", help="Which case, where the file has more than one.")
@oracle_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("xcheck-found"),
    show_default=True,
    metavar="DIR",
    help="Where the reduced case is written.",
)
def command(
    file: str,
    name: str | None,
    command: tuple[str, ...],
    start_timeout: float,
    request_timeout: float,
    profile: str,
    out: Path,
) -> None:
    """Ask an oracle about a case again and, where its answer disagrees, about smaller and smaller ones.

    First the shortest prefix that disagrees, then fewer layers, smaller extents, simpler values. Exits 0 if the
    oracle's answer agrees, 1 if it does not.
    """
    try:
        export = Source(file).read()
    except ParseError as error:
        raise click.ClickException(str(error)) from None
    request = _request(file, export, name)
    need_folder(out)
    with live(command, start_timeout, request_timeout, profile) as (oracle, semantics):
        claimed = export.headers.get("profile")
        if claimed not in (None, semantics.name):
            click.echo(f"xcheck reduce: {file} is of {claimed}, the oracle is asked under {semantics.name}", err=True)
        with Progress() as progress:
            reduction = reduce_request(
                oracle,
                semantics,
                request,
                progress=lambda asks, size: progress(f"{asks:,} requests, {size[0]:,} leaves, {size[1]:,} elements"),
            )
        if reduction.smallest is None:
            _nothing(reduction.case.verdict.status, reduction.case.verdict.reasons, request.name)
            return
        report(
            oracle, semantics, reduction, out, f"{re.sub(r'[^A-Za-z0-9._-]', '_', request.name)[:60]}-{semantics.name}"
        )
    raise click.exceptions.Exit(DISAGREE)


def _request(file: str, export: Export, name: str | None) -> Request:
    cases = export.cases()
    if name is None:
        if len(cases) != 1:
            raise click.ClickException(f"{file}: the file has {len(cases)} cases; choose one with --case NAME")
        (name,) = cases
    items = cases.get(name)
    if items is None:
        raise click.ClickException(f"{file}: no case {name!r}")
    subject = items[0]
    if not isinstance(subject, GraphItem):
        raise click.ClickException(f"{file}: {name!r} is a layer stack; an oracle is asked about graphs")
    asks = asks_of(items)
    return Request("given", name, subject.graph, asks)


def _nothing(status: Status, reasons: tuple[str, ...], name: str) -> None:
    if status is Status.NOT_COMPARABLE:
        for reason in reasons:
            click.echo(f"not comparable: {reason}", err=True)
        raise click.exceptions.Exit(COULD_NOT_COMPARE)
    results().print(f"{name}: the oracle's answer agrees; there is nothing to reduce")

"""`xcheck schema FORMAT`: the JSON Schema of a report format."""

from __future__ import annotations

import click

from xcheck.report.schemas import REPORTS, schema_text


@click.command("schema")
@click.argument("report", type=click.Choice(sorted(REPORTS)))
def command(report: str) -> None:
    """Print the JSON Schema of one line of a report's JSON lines."""
    click.echo(schema_text(report), nl=False)

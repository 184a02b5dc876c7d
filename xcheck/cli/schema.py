"""`xcheck schema FORMAT`: the JSON Schema of a report format."""

from __future__ import annotations

import importlib
import json
from typing import Final

import click

# Report: the module whose `schema()` describes its lines.
_SCHEMAS: Final = {"check": "xcheck.report.jsonl", "diff": "xcheck.report.diff_jsonl"}


@click.command("schema")
@click.argument("report", type=click.Choice(sorted(_SCHEMAS)))
def command(report: str) -> None:
    """Print the JSON Schema of one line of a report's JSON lines."""
    click.echo(json.dumps(importlib.import_module(_SCHEMAS[report]).schema(), indent=2, sort_keys=True))

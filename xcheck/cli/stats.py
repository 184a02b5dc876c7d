"""`xcheck stats PATH...`: what a fixture set or some exports cover."""

from __future__ import annotations

import json

import click

from xcheck.compare.corpus import read_corpus
from xcheck.fixtures.statistics import statistics
from xcheck.inputs import READ_ERRORS, NoInputError


@click.command("stats")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report.")
def command(paths: tuple[str, ...], form: str) -> None:
    """Say what the fixture sets or exports in PATH... cover: graphs, primitives, shapes, counters, special values."""
    from xcheck.report.statistics import as_json, lines

    for path in paths:
        try:
            corpus = read_corpus(path)
            found = statistics((entry.label, entry.load()) for entry in corpus.entries)
        except (NoInputError, *READ_ERRORS) as error:
            raise click.ClickException(str(error)) from None
        if form == "json":
            click.echo(json.dumps(as_json(corpus.path, found)))
        else:
            for line in lines(corpus.path, found):
                click.echo(line)

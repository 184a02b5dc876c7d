"""`xcheck diff OLD NEW`: what changed between two fixture sets or exports, and which axis explains it."""

from __future__ import annotations

import sys

import click

from xcheck.cli import options as values
from xcheck.cli.progress import Progress
from xcheck.compare.change import DiffResult
from xcheck.fixtures.errors import FixtureError
from xcheck.fixtures.manifest import equal_sets
from xcheck.report.exit_code import AGREE, DISAGREE
from xcheck.shown import path_text


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format", "form", type=click.Choice(["text", "jsonl", "markdown"]), default="text", help="How to report."
)
@click.option(
    "--depth",
    type=click.IntRange(0, 3),
    default=1,
    metavar="N",
    help="0: one line; 1: what explains the changes; 2: every case; 3: both sides.",
)
@click.option("--old-profile", default="auto", callback=values.profile, metavar="NAME", help="OLD's semantics.")
@click.option("--new-profile", default="auto", callback=values.profile, metavar="NAME", help="NEW's semantics.")
def command(old: str, new: str, form: str, depth: int, old_profile: str, new_profile: str) -> None:
    """Say what changed from OLD to NEW: fixture sets, exports, folders of exports, in any mix.

    Silent where they are equal. A change of provenance alone is reported and is no difference: exit code 0.
    """
    try:
        equal = equal_sets(old, new)
    except FixtureError as error:
        raise click.ClickException(str(error)) from None
    if equal:
        raise click.exceptions.Exit(AGREE)
    # Reading needs pyarrow, numpy and lark: most of a second that two equal sets need not wait for.
    from xcheck.compare.diff import diff_paths
    from xcheck.inputs import READ_ERRORS, NoInputError

    try:
        with Progress() as progress:
            progress(f"reading {path_text(old)} and {path_text(new)}")

            def told(done: int, total: int) -> None:
                progress(f"comparing: {done:,} of {total:,} cases", done, total)

            result = diff_paths(old, new, old_profile, new_profile, told)
    except (NoInputError, *READ_ERRORS) as error:
        raise click.ClickException(str(error)) from None
    if not result.cases and not result.same:
        raise click.ClickException(f"nothing was compared: neither {old} nor {new} has a case")
    code = DISAGREE if result.differs else AGREE
    _print(result, form, depth, code)
    raise click.exceptions.Exit(code)


def _print(result: DiffResult, form: str, depth: int, code: int) -> None:
    if form == "jsonl":
        from xcheck.report import diff_jsonl

        for line in diff_jsonl.diff_lines(result, code):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return
    from xcheck.report import diff_markdown, diff_text

    module = diff_text if form == "text" else diff_markdown
    for text in module.diff_lines(result, depth):
        click.echo(text)

"""`xcheck diff OLD NEW`: what changed between two fixture sets or exports, and which axis explains it."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Iterator
from typing import Final

import click

from xcheck.cli import options as values
from xcheck.cli.files import write_output
from xcheck.cli.progress import Progress
from xcheck.compare.change import DiffResult
from xcheck.fixtures.errors import FixtureError
from xcheck.fixtures.manifest import equal_sets
from xcheck.report.exit_code import AGREE, DISAGREE
from xcheck.shown import path_text

_STDOUT: Final = "-"
# How a report of this kind starts: a file that starts otherwise is not replaced by one.
_STARTS: Final = {
    "html": ("HTML reports", b"<!DOCTYPE html>"),
    "jsonl": ("diffs", b'{"type":"diff"'),
    "markdown": ("diffs", b"### `"),
}


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format", "form", type=click.Choice(["text", "jsonl", "markdown", "html"]), default="text", help="How to report."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where the report goes, for standard output to say only how it came out; - is standard output.",
)
@click.option(
    "--depth",
    type=click.IntRange(0, 3),
    default=1,
    metavar="N",
    help="0: one line; 1: what explains the changes; 2: every case; 3: both sides. HTML has everything.",
)
@click.option("--old-profile", default="auto", callback=values.profile, metavar="NAME", help="OLD's semantics.")
@click.option("--new-profile", default="auto", callback=values.profile, metavar="NAME", help="NEW's semantics.")
def command(old: str, new: str, form: str, output: str | None, depth: int, old_profile: str, new_profile: str) -> None:
    """Say what changed from OLD to NEW: fixture sets, exports, folders of exports, in any mix.

    Silent where they are equal. A change of provenance alone is reported and is no difference: exit code 0.
    """
    _fit_for_output(form, output, old, new)
    # Two equal sets have nothing to report, unless a file is waiting for it.
    if output is None and _equal(old, new):
        raise click.exceptions.Exit(AGREE)
    # Reading needs pyarrow, numpy and lark: most of a second that two equal sets need not wait for.
    from xcheck.compare.diff import diff_paths
    from xcheck.inputs import READ_ERRORS, NoInputError

    try:
        with Progress() as progress:
            progress(f"reading {path_text(old)} and {path_text(new)}")

            def told(done: int, total: int) -> None:
                progress(f"comparing: {done:,} of {total:,} cases", done, total)

            result = diff_paths(old, new, old_profile, new_profile, maps=form == "html", told=told)
    except (NoInputError, *READ_ERRORS) as error:
        raise click.ClickException(str(error)) from None
    if not result.cases and not result.same:
        raise click.ClickException(f"nothing was compared: neither {old} nor {new} has a case")
    code = DISAGREE if result.differs else AGREE
    if output in (None, _STDOUT):
        _print(result, form, depth, code)
    else:
        write_output(str(output), _report(result, form, depth, code), replaces=_STARTS.get(form))
        _print(result, "text", 0, code)
    raise click.exceptions.Exit(code)


def _equal(old: str, new: str) -> bool:
    try:
        return equal_sets(old, new)
    except FixtureError as error:
        raise click.ClickException(str(error)) from None


def _fit_for_output(form: str, output: str | None, *inputs: str) -> None:
    """Say before anything is read that the report could not be written."""
    if form == "html" and output in (None, _STDOUT) and sys.stdout.isatty():
        raise click.UsageError("--format html is not for a terminal: name a file with -o FILE")
    if output is not None and any(_same_file(output, path) for path in inputs):
        raise click.UsageError(f"{output} is what is compared: the report needs another file")
    if form == "html":
        from xcheck.report.page import PageUnavailableError, require_extra

        try:
            require_extra()
        except PageUnavailableError as error:
            raise click.ClickException(str(error)) from None


def _same_file(one: str, other: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(one, other)
    return False


def _print(result: DiffResult, form: str, depth: int, code: int) -> None:
    if form in ("html", "jsonl"):
        write_output(_STDOUT, _report(result, form, depth, code))
        return
    for line in _lines(result, form, depth):
        click.echo(line)


def _report(result: DiffResult, form: str, depth: int, code: int) -> bytes:
    if form == "html":
        from xcheck.report.page import diff_page

        return diff_page(result, shlex.join(["xcheck", *sys.argv[1:]])).encode("utf-8")
    if form == "jsonl":
        from xcheck.report import diff_jsonl

        return b"".join(diff_jsonl.diff_lines(result, code))
    return "".join(f"{line}\n" for line in _lines(result, form, depth)).encode("utf-8", "backslashreplace")


def _lines(result: DiffResult, form: str, depth: int) -> Iterator[str]:
    from xcheck.report import diff_markdown, diff_text

    module = diff_text if form == "text" else diff_markdown
    yield from module.diff_lines(result, depth)

"""What the verbs that talk to an oracle share: options, starting it, signals, progress, writing what was found."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

import click

from xcheck.cli.output import results
from xcheck.cli.progress import Progress
from xcheck.cli.signals import orderly
from xcheck.compare.check import check_case
from xcheck.compare.policy import EXACT
from xcheck.compare.result import FileResult
from xcheck.fuzz.record import record
from xcheck.fuzz.reduce import Reduction
from xcheck.oracle.claims import headers_of, profile_of
from xcheck.oracle.client import Limits, Oracle
from xcheck.oracle.errors import OracleError
from xcheck.reference.profile import Profile, UnknownProfileError, profile_named
from xcheck.report.text import print_file

Command = TypeVar("Command", bound=Callable[..., Any])


def profile_name(_: click.Context, __: click.Parameter, value: str) -> str:
    """`auto` or the name of a profile."""
    if value != "auto":
        try:
            profile_named(value)
        except UnknownProfileError as error:
            raise click.BadParameter(str(error)) from None
    return value


def _words(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(value))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no command: {error}") from None
    if not words:
        raise click.BadParameter("the command is empty")
    return words


def oracle_options(function: Command) -> Command:
    """--oracle, its time limits, and --profile."""
    seconds = click.FloatRange(min=0, min_open=True)
    for option in (
        click.option(
            "--profile", default="auto", callback=profile_name, metavar="auto|NAME", help="Semantics to compare with."
        ),
        click.option(
            "--request-timeout",
            type=seconds,
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="For each answer.",
        ),
        click.option(
            "--start-timeout",
            type=seconds,
            default=300.0,
            show_default=True,
            metavar="SECONDS",
            help="Until the oracle's handshake.",
        ),
        click.option(
            "--oracle",
            "command",
            required=True,
            callback=_words,
            metavar="COMMAND",
            help="What starts the oracle, as in a shell: 'sh XCheck/xcheck.sh oracle'.",
        ),
    ):
        function = option(function)
    return function


@contextmanager
def live(command: tuple[str, ...], start: float, request: float, profile: str) -> Iterator[tuple[Oracle, Profile]]:
    """A started oracle and the profile it is compared under; whatever goes wrong with it is one message.

    Being told to end (SIGTERM, SIGHUP) is like Ctrl-C: the oracle's processes are ended first.
    """
    with orderly(), Progress() as starting:
        starting("starting the oracle")
        try:
            with Oracle(command, Limits(start=start, request=request)) as oracle:
                starting.clear()
                yield oracle, profile_of(oracle.handshake, profile)
        except OracleError as error:
            raise click.ClickException(str(error)) from None


def need_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written into before the search, which may take hours, and not after it."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    try:
        with TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise click.ClickException(f"{folder}: cannot be written to: {error.strerror or error}") from None


def report(oracle: Oracle, profile: Profile, reduction: Reduction, folder: Path, stem: str) -> None:
    """Write the files of a disagreement, then print it as `check` would print its export."""
    smallest = reduction.smallest
    assert smallest is not None
    headers = headers_of(oracle.handshake)
    try:
        written = record(folder, stem, headers, smallest, reduction.passing, profile)
    except OSError as error:
        raise click.ClickException(f"{folder}: cannot be written to: {error.strerror or error}") from None
    console = results()
    told = check_case(smallest.request.name, smallest.answer.items, profile, EXACT)
    case = replace(smallest.verdict.case, diagnosis=told.diagnosis, diagnosed=told.diagnosed)
    file = FileResult(str(written.export), profile.name, tuple(headers.items()), (case,))
    print_file(console, file)
    console.print(f"\nreduced in {reduction.asks:,} requests")
    console.print(f"  the oracle's answer   {written.export}")
    console.print(f"  the request           {written.requests}")
    if written.lean is not None:
        console.print(f"  as Lean source        {written.lean}")
    else:
        console.print(f"  no Lean source:       {written.no_lean}")
    if written.passing is not None:
        console.print(f"  the largest that agrees  {written.passing}")

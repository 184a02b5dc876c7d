"""`xcheck lean detect | install | export CHECKOUT`: the exporter in a TorchLean checkout."""

from __future__ import annotations

import os
from pathlib import Path

import click

from xcheck.cli.files import write_output
from xcheck.cli.output import results
from xcheck.cli.signals import orderly
from xcheck.oracle.detect import Detected, UnknownCheckoutError
from xcheck.oracle.detect import detect as detect_checkout
from xcheck.oracle.errors import RequestError
from xcheck.oracle.export import LeanRunError, revision_of, run_exporter
from xcheck.oracle.install import InstallError
from xcheck.oracle.install import install as install_into
from xcheck.oracle.requests import read_requests
from xcheck.reference.profile import profile_of_revision
from xcheck.report.exit_code import COULD_NOT_COMPARE

_CHECKOUT = click.argument("checkout", type=click.Path(path_type=Path), metavar="CHECKOUT")


@click.group("lean")
def command() -> None:
    """The Lean side: what a TorchLean checkout is, the exporter in it, and exports from it."""


def _detected(checkout: Path) -> Detected:
    try:
        return detect_checkout(checkout)
    except UnknownCheckoutError as error:
        raise click.ClickException(str(error)) from None


@command.command("detect")
@_CHECKOUT
def detect(checkout: Path) -> None:
    """Name the profile of CHECKOUT, and the probes of its files that tell."""
    found = _detected(checkout)
    console = results()
    console.print(f"{found.profile.name}  TorchLean {found.commits}  Compat/{found.compat}.lean")
    for reason in found.because:
        console.print(f"  {reason}")


@command.command("install")
@_CHECKOUT
@click.option("--force", is_flag=True, help="Overwrite files of the exporter that are there and differ.")
def install(checkout: Path, force: bool) -> None:
    """Put the exporter into CHECKOUT/XCheck: all of its files, or none."""
    found = _detected(checkout)
    try:
        done = install_into(checkout, found.compat, force=force)
    except InstallError as error:
        raise click.ClickException(str(error)) from None
    console = results()
    console.print(f"{found.profile.name}  TorchLean {found.commits}")
    for name in done.written:
        console.print(f"  wrote      {name}" + (f" ({found.compat})" if name.endswith("/Compat.lean") else ""))
    for name in done.unchanged:
        console.print(f"  unchanged  {name}")


@command.command("export")
@_CHECKOUT
@click.option("-o", "output", required=True, metavar="FILE", help="Where to; - is standard output.")
@click.option("--models", metavar="NAME,...", help="Only these cases, or groups of cases.")
@click.option("--requests", type=click.Path(path_type=Path), metavar="FILE", help="Answer these instead (see gen).")
@click.option("--via", metavar="VIA,...", help="Lean's semantics to run: spec, eager, compiled.")
@click.option(
    "--torchlean", "revision", metavar="REV", help="The commit to write into the file; git knows it if not given."
)
def export(
    checkout: Path, output: str, models: str | None, requests: Path | None, via: str | None, revision: str | None
) -> None:
    """Run the exporter of CHECKOUT through Lake and write what it exports, if it is complete."""
    if models is not None and requests is not None:
        raise click.UsageError("--models and --requests exclude each other")
    if requests is not None:
        _check_requests(requests)
    found = _detected(checkout)
    revision = revision or revision_of(checkout)
    arguments = ["--torchlean", revision or "unknown", "--profile", found.profile.name]
    for option, value in (("--models", models), ("--via", via), ("--requests", requests and str(requests.resolve()))):
        if value:
            arguments += [option, value]
    try:
        with orderly():
            made = run_exporter(checkout, arguments, os.environ)
    except LeanRunError as error:
        raise click.ClickException(str(error)) from None
    write_output(output, made.data)
    note = f"{len(made.export.case_names()):,} cases, {len(made.export.items):,} items"
    if revision is None or profile_of_revision(revision) is None:
        note += f"; check it with --profile {found.profile.name}"
    click.echo(f"xcheck lean export: {note}", err=True)
    if made.partly:
        click.echo("xcheck lean export: the exporter left something out; it says above what and why", err=True)
        raise click.exceptions.Exit(COULD_NOT_COMPARE)


def _check_requests(path: Path) -> None:
    """The exporter would say it too, but only after Lean has started."""
    try:
        found = read_requests(path)
    except RequestError as error:
        raise click.ClickException(str(error)) from None
    names = [request.name for request in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if not found or twice is not None:
        what = "has no request" if not found else f"has two graphs of the name {twice!r}"
        raise click.ClickException(f"{path}: the file {what}")

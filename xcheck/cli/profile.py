"""`xcheck profile list | show NAME | explain A B`."""

from __future__ import annotations

import click
from rich.table import Table

from xcheck.cli.output import results
from xcheck.reference.profile import (
    AXES,
    PROFILES,
    Profile,
    UnknownProfileError,
    axis_value,
    differing_axes,
    profile_named,
)


class _ProfileName(click.ParamType[Profile]):
    name = "profile"

    def convert(self, value: str | Profile, param: click.Parameter | None, ctx: click.Context | None) -> Profile:
        if isinstance(value, Profile):
            return value
        try:
            return profile_named(value)
        except UnknownProfileError as error:
            self.fail(str(error), param, ctx)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


@click.group("profile")
def command() -> None:
    """What the same names meant at each TorchLean revision."""


@command.command("list")
def list_() -> None:
    """One line for each profile."""
    table = _table("profile", "since", "surface", "TorchLean commits")
    for profile in PROFILES:
        table.add_row(profile.name, profile.since, profile.surface, ", ".join(profile.commits))
    results().print(table)


@command.command("show")
@click.argument("profile", type=_ProfileName(), metavar="NAME")
def show(profile: Profile) -> None:
    """Every axis of one profile."""
    console = results()
    console.print(f"{profile.name}  since {profile.since}  TorchLean {', '.join(profile.commits)}\n")
    table = _table("axis", "value", "decides")
    for axis in AXES:
        table.add_row(axis.field, axis_value(profile, axis), axis.decides)
    console.print(table)


@command.command("explain")
@click.argument("first", type=_ProfileName(), metavar="A")
@click.argument("second", type=_ProfileName(), metavar="B")
def explain(first: Profile, second: Profile) -> None:
    """What changed from A to B, what each change affects, and where it was made. Exits 0 if nothing did, else 1."""
    axes = differing_axes(first, second)
    console = results()
    if not axes:
        console.print(f"{first.name} and {second.name} have the same semantics")
        return
    table = _table("axis", first.name, second.name, "affects", "source")
    for axis in axes:
        table.add_row(axis.field, axis_value(first, axis), axis_value(second, axis), axis.effect, axis.source)
    console.print(table)
    raise click.exceptions.Exit(1)

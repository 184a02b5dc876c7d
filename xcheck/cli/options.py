"""Option values that several verbs take, checked where they are read."""

from __future__ import annotations

import os

import click

from xcheck.compare.policy import LIBM_FUNCTIONS, Allowance


def profile(_: click.Context, __: click.Parameter, value: str) -> str:
    """`auto` or the name of a profile."""
    if value != "auto":
        from xcheck.reference.profile import UnknownProfileError, profile_named

        try:
            profile_named(value)
        except UnknownProfileError as error:
            raise click.BadParameter(str(error)) from None
    return value


def allowances(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[Allowance, ...]:
    """`FUNCTION=ULP`, any number of times."""
    found: list[Allowance] = []
    for value in values:
        function, _equals, ulp = value.partition("=")
        if function not in LIBM_FUNCTIONS or not ulp.isdecimal():
            raise click.BadParameter(f"{value!r} is not FUNCTION=ULP with one of {', '.join(LIBM_FUNCTIONS)}")
        found.append(Allowance(function, int(ulp)))
    return tuple(found)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

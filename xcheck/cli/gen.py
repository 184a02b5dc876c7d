"""`xcheck gen --count N -o FILE`: requests for an oracle, or for the exporter."""

from __future__ import annotations

import click

from xcheck.cli.files import write_output
from xcheck.cli.live import profile_name
from xcheck.fuzz.generate import Sizes, generate
from xcheck.oracle.protocol import print_request
from xcheck.reference.profile import PROFILES, profile_named


@click.command("gen")
@click.option("--count", type=click.IntRange(1), default=300, show_default=True, metavar="N", help="How many requests.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="The same arguments give the same file.")
@click.option("--profile", default=PROFILES[-1].name, show_default=True, callback=profile_name, metavar="NAME")
@click.option(
    "--max-size",
    type=click.IntRange(1, 64),
    default=5,
    show_default=True,
    metavar="N",
    help="The largest extent of an input axis.",
)
@click.option(
    "--max-primitives",
    type=click.IntRange(1, 1000),
    default=6,
    show_default=True,
    metavar="N",
    help="The longest chain.",
)
@click.option("-o", "output", default="-", metavar="FILE", help="Where to; - is standard output.")
def command(count: int, seed: int, profile: str, max_size: int, max_primitives: int, output: str) -> None:
    """Write requests: each primitive, each pair, degenerate geometry and opaque primitives first, then chains."""
    if profile == "auto":
        raise click.BadParameter(
            "there is no export or oracle to take the profile from; name one", param_hint="--profile"
        )
    made = generate(profile_named(profile), count, seed, Sizes(max_size, max_primitives))
    data = "\n".join(map(print_request, made.requests)).encode("utf-8")
    write_output(output, data, replaces=("requests", b"request "))
    if made.uncovered:
        need = count + len(made.uncovered)
        click.echo(f"xcheck gen: {len(made.uncovered)} of the fixed cases do not fit; --count {need} has all", err=True)

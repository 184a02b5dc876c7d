"""`xcheck lower FILE --call '...'`: what Lean source denotes, lowered by the reference, without any export."""

from __future__ import annotations

from pathlib import Path

import click

from xcheck.reference.profile import PROFILES, Profile, Surface, UnknownProfileError, profile_named

_ALIASES = frozenset({"Vec", "Mat", "CHW", "OIHW", "NCHW", "globalAvgPool2dChw", "seq1"})


def _words(text: str) -> set[str]:
    """The parts of all names in a Lean text, comments left out."""
    from xcheck.lean_parser.lean_tokens import tokenize
    from xcheck.lean_parser.source import SourceText

    tokens = tokenize(SourceText("<text>", text))
    return {part for token in tokens if token.type == "NAME" for part in token.value.split(".")}


def _profile(name: str, text: str) -> tuple[Profile, str]:
    """The profile and, where it was guessed from the names in the text, a remark about it."""
    if name != "auto":
        try:
            return profile_named(name), ""
        except UnknownProfileError as error:
            raise click.BadParameter(str(error), param_hint="--profile") from None
    words = _words(text)
    if "Chain" in words:
        surface = Surface.CHAIN
    elif words & _ALIASES:
        surface = Surface.GRAPH_ALIASES
    else:
        surface = Surface.GRAPH_DIM
    newest = [p for p in PROFILES if p.surface is surface][-1]
    return newest, f" (the newest with this surface, {surface}; --profile names another)"


@click.command("lower")
@click.argument("file", required=False, metavar="[FILE.lean]")
@click.option("--call", "call", metavar="'NAME ARG...'", help="A definition of FILE with its arguments.")
@click.option("--expr", "expression", metavar="TERM", help="A Lean expression; it sees FILE's definitions.")
@click.option("--profile", default="auto", metavar="auto|NAME", help="Semantics to read and lower with.")
@click.option("-I", "--search-path", "roots", multiple=True, metavar="DIR", help="Where imports are found; repeatable.")
@click.option("--values", type=click.Choice(["stats", "bits", "none"]), default="stats", help="Initial values, how.")
@click.option("--from", "index", type=click.IntRange(0), default=0, metavar="N", help="The first occurrence index.")
@click.option("--tlx", metavar="OUT", help="Write a prediction in the export format's shape; - for standard output.")
@click.option("--list", "listing", is_flag=True, help="Only list FILE's definitions, and why any cannot be read.")
def command(
    file: str | None,
    call: str | None,
    expression: str | None,
    profile: str,
    roots: tuple[str, ...],
    values: str,
    index: int,
    tlx: str | None,
    listing: bool,
) -> None:
    """Read a model from Lean source and print its layers, seeds, parameter shapes and initial values.

    FILE.lean holds the model; imports are looked for in its own folder and under -I. Nothing printed here is an
    expectation: only Lean's exports are.
    """
    from xcheck.lean_parser.errors import ParseError
    from xcheck.reference.operation import NotComparableError

    if listing and file is None:
        raise click.UsageError("--list needs a FILE.lean")
    if not listing and (call is None) == (expression is None):
        raise click.UsageError("give either --call or --expr")
    if call is not None and file is None:
        raise click.UsageError("--call needs the FILE.lean that defines it; --expr works without one")
    try:
        if listing:
            assert file is not None
            _list(file)
            return
        _lower(file, call, expression, profile, roots, values, index, tlx)
    except ParseError as error:
        raise click.ClickException(str(error)) from None
    except NotComparableError as error:
        raise click.ClickException(f"the reference cannot tell: {error}") from None


def _list(file: str) -> None:
    from xcheck.lean_parser.lean import parse_definition, read_source
    from xcheck.lean_parser.lean_errors import LeanSourceError

    source = read_source(file)
    for command_ in source.commands:
        line = source.source.line_column(command_.start)[0]
        if command_.is_proof:
            click.echo(f"{line:6} {command_.keyword} {command_.name} (skipped)")
        elif command_.is_definition:
            remark = ""
            try:
                parse_definition(source.source, command_)
            except LeanSourceError as error:
                remark = f"  not readable: {error.message}"
            click.echo(f"{line:6} {command_.keyword} {command_.name}{remark}")


def _lower(
    file: str | None,
    call: str | None,
    expression: str | None,
    profile: str,
    roots: tuple[str, ...],
    values: str,
    index: int,
    tlx: str | None,
) -> None:
    from xcheck.cli.files import write_output
    from xcheck.cli.prediction import prediction_text, report_lines
    from xcheck.lean_parser.elaborate import denote
    from xcheck.lean_parser.lean import read_source

    text = read_source(file).source.text if file is not None else ""
    semantics, remark = _profile(profile, f"{text}\n{expression or ''}")
    search_path = [Path(root) for root in roots]
    if file is not None:
        search_path.append(Path(file).parent)
    model = denote(file, semantics, call=call, expression=expression, search_path=search_path)
    name = call.split()[0].rpartition(".")[2] if call else "expression"
    if tlx is not None:
        written = prediction_text(model, name, semantics, index)
        write_output(tlx, written.encode("utf-8"), replaces=("predictions", b"torchlean_prediction "))
        return
    click.echo(f"profile {semantics.name}{remark}")
    for line in report_lines(model, semantics, index, values):
        click.echo(line)

"""The `xcheck` command: a table of verbs, and the last line of defence before a user sees a traceback."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from typing import Final, NoReturn

import click

from xcheck import __version__

# Verb: the module with its `command`, and the line `--help` shows without loading it.
VERBS: Final[dict[str, tuple[str, str]]] = {
    "check": ("xcheck.cli.check", "Replay Lean exports and compare, to the bit."),
    "record": ("xcheck.cli.record", "Turn exports into a fixture set."),
    "diff": ("xcheck.cli.diff", "Say what changed between two exports or sets, and why."),
    "stats": ("xcheck.cli.stats", "Say what a corpus covers."),
    "show": ("xcheck.cli.show", "Print a case as a person would want to see it."),
    "lower": ("xcheck.cli.lower", "Lower a model straight from Lean source."),
    "gen": ("xcheck.cli.gen", "Write requests for an oracle or the exporter."),
    "fuzz": ("xcheck.cli.fuzz", "Look for a graph on which a live Lean process and the reference disagree."),
    "reduce": ("xcheck.cli.reduce", "Make a case that disagrees small."),
    "lean": ("xcheck.cli.lean", "Detect a checkout's revision, install the exporter there, run it."),
    "profile": ("xcheck.cli.profile", "List, show and compare semantics profiles."),
    "report": ("xcheck.cli.report", "Print a saved JSON-lines report in another format."),
    "schema": ("xcheck.cli.schema", "Print the JSON Schema of a report format."),
}


# A device that takes no more: no defect of ours, and no name of a file to give.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class _ReaderGoneError(Exception):
    """Whoever read our standard output has closed it, as `head` does."""


class _Verbs(click.Group):
    """Finds a verb by the table and imports its module only then."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = VERBS.get(cmd_name)
        if row is None:
            return None
        command: click.Command = importlib.import_module(row[0]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would exit with 1, which here means "disagree".
            raise _ReaderGoneError from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])


@click.command(
    cls=_Verbs,
    name="xcheck",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes of every verb: 0 agree, 1 disagree, 2 could not compare.",
)
@click.version_option(__version__, prog_name="xcheck")
def cli() -> None:
    """Cross-check TorchLean's GraphSpec lowering: Lean's exports against an independent reference, to the bit."""


def _prepare_streams() -> None:
    """Let any name be printed, and a closed standard output still leave the exit code."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Send what is still buffered nowhere; Python would try to write it once more on the way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> NoReturn:
    """Run the command line and exit; whatever goes wrong is one message and exit code 2."""
    _prepare_streams()
    try:
        code = cli.main(prog_name="xcheck", standalone_mode=False) or 0
        # What is still buffered may not fit either, and Python would only say so after the exit code is chosen.
        sys.stdout.flush()
        sys.exit(code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("xcheck: interrupted", err=True)
        sys.exit(2)
    except (_ReaderGoneError, BrokenPipeError):
        # Nothing is left to say, nor anyone to say it to.
        _discard_output()
        sys.exit(2)
    except MemoryError:
        click.echo("xcheck: out of memory", err=True)
        sys.exit(2)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            _discard_output()
            click.echo(f"xcheck: the output cannot be written: {error.strerror}", err=True)
            sys.exit(2)
        if os.environ.get("XCHECK_TRACEBACK"):
            raise
        click.echo(
            f"xcheck: internal error: {type(error).__name__}: {error}\n"
            "This is a defect of xcheck; XCHECK_TRACEBACK=1 shows where it happened.",
            err=True,
        )
        sys.exit(2)

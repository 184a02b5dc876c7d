"""Where a check's report goes: printed while it goes on, or written whole to a file with a short text beside it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import click

from xcheck.cli.files import write_output
from xcheck.cli.output import results
from xcheck.compare.result import FileResult, RunResult
from xcheck.report.asked import Asked
from xcheck.report.formats import FORMATS, MissingExtraError, render, require

STDOUT: Final = "-"
_EXPORT: Final = b"torchlean_export"


class Reporter(Protocol):
    """Is given each file as it is done, then the whole run."""

    def file(self, file: FileResult) -> None:
        """One more file is done."""

    def end(self, run: RunResult, code: int) -> None:
        """All are."""


def reporter(form: str, output: str | None, asked: Asked) -> Reporter:
    """The reporter for a format and an `--output`; what is wrong with them is said now, not after the check."""
    try:
        require(form)
    except MissingExtraError as missing:
        raise click.ClickException(str(missing)) from None
    if output is not None and output != STDOUT:
        _need_place(output)
        return _File(form, output, asked)
    if not FORMATS[form].terminal and sys.stdout.isatty():
        raise click.UsageError(f"the format {form} is nothing for a terminal: name a file with -o")
    return _Text() if form == "text" else _Lines(asked) if form == "jsonl" else _Whole(form, asked)


def refuse_input(output: str | None, inputs: tuple[str | None, ...]) -> None:
    """Refuse to write over what is read, or over anything that Lean exported: it cannot be made again here."""
    if output is None or output == STDOUT:
        return
    path = Path(output)
    for given in inputs:
        if given and given != STDOUT and path.exists() and Path(given).exists() and path.samefile(given):
            raise click.UsageError(f"{output}: is read by this command; the report needs a file of its own")
    if _start(path) == _EXPORT:
        raise click.UsageError(f"{output}: is an export; it is left as it is")


def _start(path: Path) -> bytes:
    """How a regular file begins; of what cannot be read, writing says more."""
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(len(_EXPORT))
    return b""


def _need_place(output: str) -> None:
    """Whether a file can be written there, before a check that may take long."""
    folder = Path(output).parent
    if not output or Path(output).is_dir() or not folder.is_dir():
        problem = "is no name of a file" if not output else "is a folder" if folder.is_dir() else "has no folder"
        raise click.ClickException(f"{output or 'an empty path'}: {problem}: the report cannot be written")
    replaced = not Path(output).exists() or Path(output).is_file()
    if replaced and not os.access(folder, os.W_OK):
        raise click.ClickException(f"{output}: cannot be written: the folder is read-only")


class _Text:
    """The text report, a file at a time."""

    def __init__(self) -> None:
        self._console = results()

    def file(self, file: FileResult) -> None:
        from xcheck.report.text import print_file

        print_file(self._console, file)

    def end(self, run: RunResult, code: int) -> None:
        from xcheck.report.text import summary

        self._console.print(summary(run))


class _Lines:
    """JSON lines, a file at a time; the header with the first, so that a check that cannot begin prints nothing."""

    def __init__(self, asked: Asked) -> None:
        from xcheck.report import jsonl

        self._jsonl = jsonl
        self._waiting = [jsonl.header(asked)]

    def file(self, file: FileResult) -> None:
        self._write([*self._waiting, *self._jsonl.file_lines(file)])

    def end(self, run: RunResult, code: int) -> None:
        self._write([*self._waiting, self._jsonl.footer(run, code)])

    def _write(self, lines: list[bytes]) -> None:
        self._waiting = []
        for line in lines:
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


class _Whole:
    """Nothing until the end."""

    def __init__(self, form: str, asked: Asked) -> None:
        self._form = form
        self._asked = asked

    def file(self, file: FileResult) -> None:
        pass

    def end(self, run: RunResult, code: int) -> None:
        write_output(STDOUT, render(self._form, run, self._asked, code))


class _File:
    """The report into a file at the end; meanwhile a line for each file, as a log wants it."""

    def __init__(self, form: str, output: str, asked: Asked) -> None:
        self._form = form
        self._output = output
        self._asked = asked
        self._console = results()

    def file(self, file: FileResult) -> None:
        from xcheck.report.text import file_line

        self._console.print(file_line(file))

    def end(self, run: RunResult, code: int) -> None:
        from xcheck.report.text import summary

        write_output(self._output, render(self._form, run, self._asked, code))
        self._console.print(summary(run))

"""Where verbs write what they make: a file, as a whole or not at all, or standard output."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import click

from xcheck.oracle.files import write_whole

_STDOUT = "-"


def write_output(output: str, data: bytes, *, replaces: tuple[str, bytes] | None = None) -> None:
    """Write to a file, or to standard output for `-`; what goes wrong is a `ClickException`.

    `replaces` is what a file of this kind is called and how it starts: a file of another kind that is in the way is
    left as it is. What Lean exported cannot be made again here.
    """
    if output == _STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    if not output:
        raise click.ClickException("the output has no name")
    path = Path(output)
    try:
        if not path.parent.is_dir():
            # A mistyped folder is no folder to make.
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if replaces is not None and path.is_file():
            kind, start = replaces
            with path.open("rb") as file:
                there = file.read(len(start))
            if there not in (b"", start):
                raise click.ClickException(f"{output}: is there and is no file of {kind}; it is left as it is")
        write_whole(path, data)
    except OSError as error:
        raise click.ClickException(f"{output}: cannot be written: {error.strerror or error}") from None

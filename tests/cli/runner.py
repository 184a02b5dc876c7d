"""Running the command: inside this process, which is quick, or as a process of its own."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from xcheck.cli.main import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def xcheck(*arguments: str | Path, cwd: Path, **environment: str) -> Ran:
    """Run `xcheck` here, with its own argument list, folder, environment and output; a traceback is never right."""
    words = ["xcheck", *map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(cwd))
        stack.enter_context(mock.patch.dict(os.environ, environment))
        stack.enter_context(mock.patch.object(sys, "argv", words))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        try:
            main()
        except SystemExit as done:
            code = done.code
    said = err.buffer.getvalue().decode()
    assert "Traceback" not in said
    assert "internal error" not in said
    assert isinstance(code, int)
    return Ran(code, out.buffer.getvalue().decode(), said)


def fresh_xcheck(*arguments: str | Path, cwd: Path, **environment: str) -> Ran:
    """Run `xcheck` as a user does: a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "xcheck", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def command(parts: list[str]) -> str:
    return shlex.join(parts)

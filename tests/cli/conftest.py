"""`xcheck` as users run it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.compare.planted import at, find, flip, one_case, with_bits, with_item
from xcheck.lean_parser.printer import print_export
from xcheck.lean_parser.records import InitItem

MLP = "mlp/4-8-2"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def environment(**extra):
    """This process's environment without what changes output."""
    dropped = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "XCHECK_TRACEBACK", "PYTHONHASHSEED", "TERM", "TTY_COMPATIBLE"}
    return {**{name: value for name, value in os.environ.items() if name not in dropped}, **extra}


def run(*args, cwd=None, stdin=b"", **extra):
    done = subprocess.run(
        [sys.executable, "-m", "xcheck", *map(str, args)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=60,
        env=environment(**extra),
        check=False,
    )
    outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in outcome.out + outcome.err
    assert "internal error" not in outcome.err
    return outcome


@pytest.fixture(scope="session")
def xcheck():
    """A function that runs `python -m xcheck` and never lets a traceback through."""
    return run


@pytest.fixture(scope="session")
def samples(golden_export, tmp_path_factory) -> Path:
    """A folder of small exports: `good`, `wrong` (one bit of one weight), `cut`, and `own` (a user's primitive)."""
    folder = tmp_path_factory.mktemp("samples")
    export = golden_export("tl-2026-08")
    cases = ("relu/scalar", MLP, "error/first", "mlp/from-7")
    good = replace(export, items=tuple(item for name in cases for item in export.cases()[name]))
    init = find(good, InitItem, MLP)
    changed = replace(init, tensors=at(init.tensors, 0, with_bits(init.tensors[0], flip(3, 0))))
    wrong = with_item(good, init, changed)
    relu = print_export(one_case(export, "relu/scalar"))
    (folder / "good.tlx").write_text(print_export(good), "utf-8")
    (folder / "wrong.tlx").write_text(print_export(wrong), "utf-8")
    (folder / "cut.tlx").write_text(print_export(good)[:-400], "utf-8")
    (folder / "own.tlx").write_text(relu.replace('"relu"', '"mine"').replace("ReLU", "Mine"), "utf-8")
    (folder / "empty").mkdir()
    return folder

"""Progress: on a terminal only, gone in the end, and never among the results."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from tests.cli.conftest import environment


def with_a_terminal_for_errors(args, cwd, **extra):
    """Exit code, standard output (a pipe), and what was written to the terminal that is standard error."""
    ours, theirs = pty.openpty()
    written: list[bytes] = []

    def read():
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                return
            if not part:
                return
            written.append(part)

    env = environment(TERM="xterm-256color", COLUMNS="100", **extra)
    command = [sys.executable, "-m", "xcheck", *map(str, args)]
    reader = threading.Thread(target=read, daemon=True)
    with subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env=env
    ) as child:
        os.close(theirs)
        reader.start()
        out, _ = child.communicate(timeout=120)
    reader.join(30)
    os.close(ours)
    return child.returncode, out.decode(), b"".join(written).decode()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_check_shows_how_far_it_is(xcheck, golden, tmp_path, jobs):
    args = ("check", golden / "tl-2026-05.tlx", golden / "tl-2026-06.tlx", "missing.tlx", "--jobs", jobs)
    code, out, shown = with_a_terminal_for_errors(args, tmp_path)
    plain = xcheck(*args, cwd=tmp_path)
    assert (code, out, plain.err) == (plain.code, plain.out, "")
    assert "\x1b" not in out
    assert "checking: 0 of 3 files, 0 cases" in shown
    seen = {tuple(map(int, found)) for found in re.findall(r"checking: (\d+) of 3 files, (\d+) cases", shown)}
    assert all(files <= 3 and cases <= 150 for files, cases in seen)
    assert len(seen) > 1
    # The line is cleared in the end, and the cursor was never hidden.
    assert shown.rstrip("\r").endswith("\x1b[1A\x1b[2K")
    assert "\x1b[?25l" not in shown


def test_no_colour_where_none_is_wanted(golden, tmp_path):
    args = ("check", golden / "tl-2026-05.tlx")
    _, _, shown = with_a_terminal_for_errors(args, tmp_path, NO_COLOR="1")
    assert "checking: " in shown
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|38;5|9[0-7])[0-9;]*m", shown)


def test_results_on_the_same_terminal_are_whole_lines(golden, tmp_path):
    """What is left on the screen, once what was erased is taken away, is what a pipe gets."""
    from tests.cli.test_check import on_a_terminal

    shown = on_a_terminal(["check", str(golden / "tl-2026-05.tlx")], tmp_path, NO_COLOR="1")
    assert "checking: " in shown
    lines = [re.split(r"\x1b\[2K", line)[-1] for line in shown.replace("\r", "").split("\n")]
    kept = [re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line) for line in lines]
    assert sum(line.endswith("75 cases, 484 items: all agree") for line in kept) == 1
    assert "1 file, 75 cases, 484 items: 484 agree" in kept


@pytest.mark.parametrize("verb", ["record", "diff"])
def test_the_other_long_verbs(golden, tmp_path, verb):
    left, right = golden / "tl-2026-05.tlx", golden / "tl-2026-06.tlx"
    args = ("record", left, right, "-o", "set") if verb == "record" else ("diff", left, right)
    code, out, shown = with_a_terminal_for_errors(args, tmp_path)
    assert code == (0 if verb == "record" else 1)
    assert "\x1b" not in out
    for words in ("reading", "checking: " if verb == "record" else "comparing: "):
        assert words in shown

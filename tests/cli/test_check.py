from __future__ import annotations

import os
import pty
import re
import select
import shlex
import subprocess
import sys

import pytest

from tests.cli.conftest import MLP, environment


def test_the_golden_exports_agree(xcheck, golden):
    done = xcheck("check", golden)
    assert (done.code, done.err) == (0, "")
    *lines, blank, summary = done.out.splitlines()
    assert blank == ""
    assert len(lines) == len(list(golden.glob("*.tlx"))) >= 7
    assert all(line.endswith(": all agree") for line in lines)
    assert re.fullmatch(rf"{len(lines)} files, [\d,]+ cases, [\d,]+ items: [\d,]+ agree", summary)
    cases, items, agree = (
        int(n.replace(",", "")) for n in re.findall(r"[\d,]+", summary.split(" files, ")[1]) if n != ","
    )
    assert cases >= 539
    assert items == agree >= 3482


@pytest.mark.parametrize(
    ("files", "options", "code"),
    [
        (["good.tlx"], [], 0),
        (["wrong.tlx"], [], 1),
        (["cut.tlx"], [], 2),
        (["own.tlx"], [], 2),
        (["own.tlx"], ["--allow-incomparable"], 0),
        (["good.tlx", "wrong.tlx"], [], 1),
        (["wrong.tlx", "cut.tlx"], [], 2),
        (["cut.tlx", "good.tlx"], [], 2),
        (["wrong.tlx", "own.tlx"], [], 2),
        (["wrong.tlx", "own.tlx"], ["--allow-incomparable"], 1),
        (["missing.tlx", "good.tlx"], [], 2),
        (["missing.tlx", "wrong.tlx"], ["--allow-incomparable"], 2),
        (["empty"], [], 2),
        (["good.tlx", "empty"], [], 2),
        (["good.tlx"], ["-k", "no such case"], 2),
        (["good.tlx"], ["--case", "mlp"], 2),
        (["good.tlx"], ["--profile", "tl-2026-07-15"], 0),
        (["good.tlx"], ["--profile", "tl-2026-06"], 1),
        (["good.tlx"], ["--profile", "tl-2026"], 2),
        (["good.tlx"], ["--jobs", "0"], 2),
        (["good.tlx"], ["--max-fail", "0"], 2),
        (["good.tlx"], ["--format", "xml"], 2),
        (["good.tlx"], ["--allow-ulp", "sqrt=1"], 2),
        (["good.tlx"], ["--allow-ulp", "exp=-1"], 2),
        (["good.tlx"], ["--allow-ulp", "exp=2"], 0),
        (["good.tlx"], ["--no-such-option"], 2),
        ([], [], 2),
    ],
)
def test_exit_codes_and_their_precedence(xcheck, samples, files, options, code):
    done = xcheck("check", *files, *options, cwd=samples)
    assert done.code == code
    if code == 2:
        assert done.out + done.err


def test_a_mismatch_in_full(xcheck, samples):
    done = xcheck("check", "wrong.tlx", cwd=samples)
    assert done.code == 1
    assert done.err == ""
    for words in (
        *(f"MISMATCH {MLP}  init from 0", "tl-2026-08, line ", "initial value at layer 0 Linear(4, 8), parameter 0"),
        *("shape [8, 4]: 1 of 32 elements differ, by at most 1 ulp", "[0, 3]", "exactly one bit of one value differs"),
        *("Lean bits", "reference bits", "0x1.", "4 cases"),
    ):
        assert words in done.out, words
    command = next(line for line in done.out.splitlines() if "reproduce: " in line).split("reproduce: ")[1]
    again = xcheck(*shlex.split(command)[1:], cwd=samples)
    assert again.code == 1
    assert again.out.count("MISMATCH") == 1
    assert "1 case," in again.out


def test_other_files_are_still_checked(xcheck, samples):
    done = xcheck("check", "cut.tlx", "missing.tlx", "wrong.tlx", "good.tlx", cwd=samples)
    assert done.code == 2
    lines = done.out.splitlines()
    assert any(line.startswith("cut.tlx") and "could not be compared" in line for line in lines)
    assert any(re.match(r"  cut\.tlx:\d+:\d+: the file stops before its end count", line) for line in lines)
    assert "  missing.tlx: cannot be opened: No such file or directory" in lines
    assert any(line.startswith("good.tlx") and line.endswith("all agree") for line in lines)
    assert "MISMATCH" in done.out
    assert lines[-1].startswith("4 files, 8 cases, ")
    assert lines[-1].endswith("2 files could not be compared")


def test_a_folder_is_searched_in_order(xcheck, samples):
    done = xcheck("check", samples, "--format", "jsonl")
    sources = re.findall(r'"type":"file","source":"[^"]*/(\w+)\.tlx"', done.out)
    assert sources == ["cut", "good", "own", "wrong"]


def test_an_empty_folder_and_a_missing_file_say_so(xcheck, samples):
    done = xcheck("check", "empty", "good.tlx", cwd=samples)
    assert done.code == 2
    assert "1 file could not be compared" in done.out
    assert "all agree" in done.out
    assert "  empty: the folder has no .tlx file" in done.out
    done = xcheck("check", "missing.tlx", cwd=samples)
    assert done.code == 2
    assert "missing.tlx: cannot be opened" in done.out


def test_standard_input(xcheck, samples):
    good, wrong = ((samples / name).read_bytes() for name in ("good.tlx", "wrong.tlx"))
    done = xcheck("check", "-", stdin=good)
    assert done.code == 0
    assert done.out.startswith("<stdin>  tl-2026-08  4 cases, 24 items: all agree")
    done = xcheck("check", "-", stdin=wrong)
    assert done.code == 1
    assert "reproduce: xcheck check - --case" in done.out
    assert xcheck("check", "-", "--jobs", "2", samples / "good.tlx", stdin=wrong).code == 1
    done = xcheck("check", "-", stdin=b"")
    assert done.code == 2
    assert "<stdin>:1:1: " in done.out


def test_selections(xcheck, samples):
    assert "2 cases," in xcheck("check", "good.tlx", "-k", "mlp", cwd=samples).out
    assert "1 case," in xcheck("check", "good.tlx", "--case", MLP, cwd=samples).out
    done = xcheck("check", "wrong.tlx", "-k", "error", cwd=samples)
    assert done.code == 0
    assert "no case was selected" in xcheck("check", "good.tlx", "-k", "zzz", cwd=samples).out


def test_stopping_early_is_said(xcheck, samples):
    profile = ("--profile", "tl-2026-06")
    whole = xcheck("check", "good.tlx", *profile, cwd=samples)
    first = xcheck("check", "good.tlx", "--fail-fast", *profile, cwd=samples)
    second = xcheck("check", "good.tlx", "--max-fail", "2", *profile, cwd=samples)
    assert (whole.code, first.code, second.code) == (1, 1, 1)

    def cases(outcome):
        return len(set(re.findall(r"MISMATCH (\S+)", outcome.out)))

    assert (cases(first), cases(whole)) == (1, 2)
    assert cases(second) == 2
    assert "not run" in first.out
    assert "stopped after 1 case" in first.out


@pytest.mark.parametrize(
    ("form", "extra", "code"), [("text", [], 2), ("jsonl", ["--max-fail", "2"], 2), ("text", ["--fail-fast"], 1)]
)
def test_jobs_change_nothing(xcheck, samples, form, extra, code):
    paths = ("wrong.tlx", "cut.tlx", "good.tlx", "missing.tlx", "own.tlx", "wrong.tlx")
    one, two = (xcheck("check", *paths, "--format", form, "--jobs", n, *extra, cwd=samples) for n in ("1", "2"))
    assert one == two
    assert one.code == code


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_output_is_the_same_under_any_hash_seed(xcheck, samples, form):
    args = ("check", "wrong.tlx", "own.tlx", "--profile", "tl-2026-09-c1", "--format", form)
    outcomes = {xcheck(*args, cwd=samples, PYTHONHASHSEED=seed) for seed in ("0", "1", "4242")}
    assert len(outcomes) == 1


def on_a_terminal(args, cwd, **extra):
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "xcheck", *args]
    env = environment(TERM="xterm-256color", **extra)
    with subprocess.Popen(command, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as child:
        os.close(theirs)
        written = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            written += part
        child.wait(30)
    os.close(ours)
    return written.decode()


COLOUR = re.compile(r"\x1b\[[0-9;]*(3[0-7]|38;5|9[0-7])[0-9;]*m")


def test_colour_on_a_terminal_only_and_never_with_no_color(xcheck, samples):
    assert "\x1b" not in xcheck("check", "wrong.tlx", cwd=samples, TERM="xterm-256color").out
    assert COLOUR.search(on_a_terminal(["check", "wrong.tlx"], samples))
    assert not COLOUR.search(on_a_terminal(["check", "wrong.tlx"], samples, NO_COLOR="1"))


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_a_reader_that_goes_away(golden, form):
    """As `head -1` does: no traceback, no complaint of the interpreter."""
    command = [sys.executable, "-m", "xcheck", "check", str(golden), "--profile", "tl-2026-05", "--format", form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as child:
        assert child.stdout.readline()
        child.stdout.close()
        errors = child.stderr.read().decode()
        code = child.wait(60)
    assert errors == ""
    assert code == 2


def test_many_malformed_files_in_one_run(xcheck, samples, tmp_path):
    data = (samples / "good.tlx").read_bytes()
    changes = {
        "version": data.replace(b" v1", b" v2", 1),
        "latin": data.replace(b'"b2', b'"\xe9', 1),
        "count": data.replace(b"end ", b"end 1"),
        "shape": data.replace(b"[8, 4]", b"[8, 4", 1),
        "compose": data.replace(b" >>> ", b" ", 1),
        "digits": data.replace(b" 0x3", b" 0x", 1),
        "duplicate": data.replace(b'"mlp/from-7"', b'"mlp/4-8-2"', 1),
        "reference": data.replace(b'lower "mlp/from-7"', b'lower "mlp/from-8"', 1),
        "nul": data + b"\0",
        "empty": b"",
        "headers": data.replace(b"tl-2026-08", b"tl-2026-05", 1),
        "revision": data.replace(b"b2a2184", b"b2a2185", 1),
    }
    for name, changed in changes.items():
        assert changed != data
        (tmp_path / f"{name}.tlx").write_bytes(changed)
    (tmp_path / "zz.tlx").write_bytes(data)
    done = xcheck("check", tmp_path)
    assert done.code == 2
    assert done.out.count("could not be compared") == len(changes) + 1
    assert "zz.tlx  tl-2026-08  4 cases, 24 items: all agree" in done.out
    for name in changes:
        assert re.search(rf"^  .*{name}\.tlx(:\d+:\d+)?: \S|^  .*(header|revision)", done.out, re.MULTILINE)

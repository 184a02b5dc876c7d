"""Output that cannot be written, names that cannot be encoded, and texts that would move the cursor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runner import xcheck

EMPTY = 'torchlean_export v1\nprofile "tl-2026-08"\nend 0\n'
# An identity is not lowered to any layer: nothing but the graph itself is in this file.
ONE = 'torchlean_export v1\nprofile "tl-2026-08"\ngraph "{name}" : [] |- [2] -> [2] :=\n  id [2]\nend 1\n'


def run(*arguments: str | bytes, cwd: Path, **streams: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "xcheck", *arguments], cwd=cwd, timeout=60, **streams)  # type: ignore[call-overload, no-any-return]


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no full device here")
@pytest.mark.parametrize("arguments", [("profile", "list"), ("schema", "check"), ("gen", "--count", "1")])
def test_a_full_device_is_one_message(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = run(*arguments, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == b"xcheck: the output cannot be written: No space left on device\n"


def test_a_closed_standard_output_leaves_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "one.tlx").write_text(ONE.format(name="one"), "utf-8")
    done = run("check", "one.tlx", cwd=tmp_path, stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("form", ["text", "jsonl"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_name_that_is_not_utf8(form: str, jobs: str, tmp_path: Path) -> None:
    name = b"on\xffe.tlx"
    with open(os.fsencode(tmp_path) + b"/" + name, "wb") as file:
        file.write(ONE.format(name="one").encode())
    arguments = ("check", name, "--format", form, "--jobs", jobs)
    done = run(*arguments, cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONUTF8": "1"})
    assert (done.returncode, done.stderr) == (0, b"")
    if form == "jsonl":
        assert json.loads(done.stdout.splitlines()[1])["source"] == r"on\xffe.tlx"
    refused = run("record", name, "-o", b"s\xfft", cwd=tmp_path, capture_output=True)
    assert refused.returncode == 2
    assert b"must be UTF-8" in refused.stderr
    assert run("record", name, "-o", "set", cwd=tmp_path, capture_output=True).returncode == 0


def test_controls_in_a_case_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "one.tlx").write_text(ONE.format(name=r"one\x1b[31m"), "utf-8")
    ran = xcheck("show", "one.tlx", cwd=tmp_path)
    assert ran.code == 0
    assert "one\N{REPLACEMENT CHARACTER}[31" in ran.out
    assert "\x1b" not in ran.out


def test_a_diff_of_nothing_is_not_green(tmp_path: Path) -> None:
    (tmp_path / "empty.tlx").write_text(EMPTY, "utf-8")
    ran = xcheck("diff", "empty.tlx", "empty.tlx", cwd=tmp_path)
    assert ran.code == 2
    assert "no item to compare" in ran.err


def test_a_set_inside_a_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.tlx").write_text(ONE.format(name="one"), "utf-8")
    assert xcheck("record", "one.tlx", "-o", "set", cwd=tmp_path).code == 0
    ran = xcheck("record", "one.tlx", "-o", "set/inner", cwd=tmp_path)
    assert ran.code == 2
    assert "lies inside the fixture set" in ran.err
    assert xcheck("check", "set", cwd=tmp_path).code == 0


def test_lean_source_that_is_not_utf8_has_a_place(tmp_path: Path) -> None:
    (tmp_path / "a.lean").write_bytes(b"-- one\n-- \xff\n")
    ran = xcheck("lower", "a.lean", "--list", cwd=tmp_path)
    assert ran.code == 2
    assert "a.lean:2:4: byte 0xff is not UTF-8" in ran.err


@pytest.mark.parametrize("verb", [("fuzz",), ("reduce", "one.tlx")])
def test_a_folder_for_findings_is_tried_before_the_oracle_starts(verb: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "one.tlx").write_text(ONE.format(name="one"), "utf-8")
    ran = xcheck(*verb, "--oracle", "touch started", "--out", "one.tlx", cwd=tmp_path)
    assert ran.code == 2
    assert "one.tlx: cannot be written to: Not a directory" in ran.err
    assert not (tmp_path / "started").exists()

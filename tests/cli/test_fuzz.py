"""`xcheck fuzz`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import command, xcheck
from tests.oracle.processes import answering, misbehaving
from xcheck.lean_parser.export import read_export


def test_no_disagreement_is_0_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ran = xcheck("fuzz", "--oracle", command(answering()), "--count", "60", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("tl-2026-08  60 cases in ")
    assert ran.out.endswith(": all agree\n")
    assert [path.name for path in tmp_path.iterdir() if path.name != ".hypothesis"] == []


def test_a_disagreement_is_1_printed_and_written(tmp_path: Path) -> None:
    oracle = command(answering(defect="counter-too-early"))
    ran = xcheck("fuzz", "--oracle", oracle, "--count", "200", "--out", "found", cwd=tmp_path)
    assert (ran.code, ran.err) == (1, "")
    assert "MISMATCH reduced  det_init from 0" in ran.out or "MISMATCH reduced  init from 0" in ran.out
    names = sorted(path.suffix for path in (tmp_path / "found").iterdir())
    assert names == [".lean", ".requests", ".tlx", ".tlx"]
    (export,) = [path for path in (tmp_path / "found").glob("*.tlx") if "passing" not in path.name]
    assert read_export(export).headers["profile"] == "tl-2026-08"
    check = xcheck("check", export, cwd=tmp_path)
    assert check.code == 1
    (passing,) = (tmp_path / "found").glob("*-passing.tlx")
    assert xcheck("check", passing, cwd=tmp_path).code == 0
    (requests,) = (tmp_path / "found").glob("*.requests")
    again = xcheck("fuzz", "--oracle", oracle, "--requests", requests, "--out", "again", cwd=tmp_path)
    assert again.code == 1
    assert "1 disagree (smallest)" in again.out
    healthy = xcheck("fuzz", "--oracle", command(answering()), "--requests", requests, cwd=tmp_path)
    assert (healthy.code, healthy.out) == (0, "tl-2026-08  1 requests, 0 of them only in part: all agree\n")


def test_generated_requests_can_be_asked(tmp_path: Path) -> None:
    made = xcheck("gen", "--count", "120", "--profile", "tl-2026-09-c1", "-o", "requests.txt", cwd=tmp_path)
    assert made.code == 0
    oracle = command(answering("tl-2026-09-c1"))
    ran = xcheck("fuzz", "--oracle", oracle, "--requests", "requests.txt", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert "120 requests" in ran.out


def test_what_cannot_be_compared_is_2_unless_allowed(tmp_path: Path) -> None:
    arguments = ("fuzz", "--oracle", command(misbehaving("complains")), "--count", "3")
    ran = xcheck(*arguments, cwd=tmp_path)
    assert ran.code == 2
    assert "not comparable: the oracle does not take the graph (type error): shapes do not meet" in ran.out
    assert xcheck(*arguments, "--allow-incomparable", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("oracle", "message"),
    [
        ("no-such-program --x", "cannot be started: no-such-program --x: No such file or directory"),
        ("'", "is no command: No closing quotation"),
        ("  ", "the command is empty"),
        (command(misbehaving("dies-at-start")), "import error: no such module"),
        (command(misbehaving("wrong-version")), "speaks version 2"),
        (command(misbehaving("unknown-profile")), "unknown profile 'tl-2027-01'"),
        (command(misbehaving("garbage")), "panic: index out of bounds"),
        (command(misbehaving("hangs")), "no answer to request c1 within 0.5 s, after a restart as well"),
    ],
)
def test_a_bad_oracle_is_2_with_one_message(oracle: str, message: str, tmp_path: Path) -> None:
    ran = xcheck("fuzz", "--oracle", oracle, "--count", "5", "--request-timeout", "0.5", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--via", "compiled"), "the oracle runs spec, not 'compiled'"),
        (("--requests", "none.txt"), "none.txt: cannot be opened"),
        (("--profile", "tl-2026-09-c1"), "the oracle's surface is 'graph'"),
        (("--time", "-1"), "not in the range"),
    ],
)
def test_bad_arguments_are_2_with_one_message(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    ran = xcheck("fuzz", "--oracle", command(answering()), *arguments, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_folder_that_cannot_be_written_to_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "found").write_text("a file")
    oracle = command(answering(defect="counter-too-early"))
    ran = xcheck("fuzz", "--oracle", oracle, "--count", "200", "--out", "found", cwd=tmp_path)
    assert ran.code == 2
    assert "found: cannot be written to" in ran.err

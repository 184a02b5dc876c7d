"""`xcheck gen`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.runner import fresh_xcheck, xcheck
from xcheck.oracle.requests import parse_requests, read_requests


def test_a_file_of_requests_is_written_and_the_same_again(tmp_path: Path) -> None:
    arguments = ("gen", "--count", "200", "--seed", "3", "--profile", "tl-2026-08")
    first = xcheck(*arguments, "-o", "a.txt", cwd=tmp_path)
    second = fresh_xcheck(*arguments, cwd=tmp_path, PYTHONHASHSEED="77")
    assert (first.code, second.code) == (0, 0)
    assert (tmp_path / "a.txt").read_text() == second.out
    assert len(read_requests(tmp_path / "a.txt")) == 200
    assert first.out == ""


def test_sizes_and_seed_matter(tmp_path: Path) -> None:
    small = xcheck("gen", "--count", "250", "--max-size", "1", "--max-primitives", "1", cwd=tmp_path)
    other = xcheck("gen", "--count", "250", cwd=tmp_path)
    assert small.code == other.code == 0
    assert len(small.out) < len(other.out)
    assert len(parse_requests(small.out.encode(), "out")) == 250


def test_a_count_without_room_for_everything_is_said(tmp_path: Path) -> None:
    ran = xcheck("gen", "--count", "3", "--profile", "tl-2026-05", cwd=tmp_path)
    assert ran.code == 0
    assert "of the fixed cases do not fit; --count " in ran.err


def test_bad_arguments_are_one_message(tmp_path: Path) -> None:
    for arguments, message in (
        (("--profile", "tl-2027"), "the nearest is"),
        (("--profile", "auto"), "name one"),
        (("--count", "0"), "0 is not in the range"),
        (("-o", str(tmp_path)), "cannot be written"),
        (("-o", str(tmp_path / "none" / "file")), "cannot be written: No such file or directory"),
    ):
        ran = xcheck("gen", *arguments, cwd=tmp_path)
        assert ran.code == 2
        assert message in ran.err
    assert list(tmp_path.iterdir()) == []

"""Where verbs write: whole files, and nothing of the user's is lost."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.cli.runner import xcheck

LOWER = ("lower", "--expr", "Graph.linear 1 1", "--profile", "tl-2026-08", "--tlx")
GEN = ("gen", "--count", "1", "-o")


@pytest.mark.parametrize("verb", [LOWER, GEN])
@pytest.mark.parametrize("content", ["torchlean_export v1\nend 0\n", "def model := 1\n"])
def test_a_file_of_another_kind_is_left_as_it_is(verb: tuple[str, ...], content: str, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text(content, "utf-8")
    ran = xcheck(*verb, "there", cwd=tmp_path)
    assert ran.code == 2
    assert "there: is there and is no file of" in ran.err
    assert there.read_text("utf-8") == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize(("verb", "start"), [(LOWER, "torchlean_prediction v1"), (GEN, "request r1")])
def test_its_own_kind_is_replaced_and_a_link_stays_one(verb: tuple[str, ...], start: str, tmp_path: Path) -> None:
    (tmp_path / "real").write_text(f"{start}\nold", "utf-8")
    (tmp_path / "link").symlink_to("real")
    assert xcheck(*verb, "link", cwd=tmp_path).code == 0
    assert (tmp_path / "link").is_symlink()
    written = (tmp_path / "real").read_text("utf-8")
    assert written.startswith(start)
    assert not written.endswith("old")


@pytest.mark.parametrize("verb", [LOWER, GEN])
def test_a_pipe_is_written_to_and_not_replaced(verb: tuple[str, ...], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()), daemon=True)
    reader.start()
    assert xcheck(*verb, "pipe", cwd=tmp_path).code == 0
    reader.join(10)
    assert (tmp_path / "pipe").is_fifo()
    assert got
    assert got[0].endswith(b"\n")


@pytest.mark.parametrize("verb", [LOWER, GEN])
@pytest.mark.parametrize("target", [".", "no/such/folder", ""])
def test_a_target_that_cannot_be_written_is_one_message(verb: tuple[str, ...], target: str, tmp_path: Path) -> None:
    ran = xcheck(*verb, target, cwd=tmp_path)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []

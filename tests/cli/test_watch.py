"""`check --watch`, in a process of its own that sees its files change. Every wait is bounded."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from tests.cli.conftest import environment
from tests.cli.runner import xcheck

WAIT = 90


class Watching:
    """A running `check --watch`."""

    def __init__(self, cwd, *args):
        command = [sys.executable, "-m", "xcheck", "check", "--watch", *map(str, args)]
        self.child = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(PYTHONUNBUFFERED="1"),
        )
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until(self, pattern):
        """The lines up to the first that matches."""
        seen = []
        while True:
            line = self._lines.get(timeout=WAIT)
            assert line is not None, seen
            seen.append(line)
            if re.search(pattern, line):
                return seen

    def end(self, number=signal.SIGINT, *, settled=True):
        """Its exit code; with `settled` it said nothing more.

        A file that is not replaced but written in place may be seen while it grows, and is then checked once more.
        """
        self.child.send_signal(number)
        code = self.child.wait(WAIT)
        rest = []
        while (line := self._lines.get(timeout=WAIT)) is not None:
            rest.append(line)
        assert rest == [] or not settled
        return code


@pytest.fixture
def watching(tmp_path):
    """A function that starts a watch in `tmp_path`; whatever it started is ended."""
    started = []

    def start(*args):
        started.append(Watching(tmp_path, *args))
        return started[-1]

    yield start
    for one in started:
        one.child.kill()
        one.child.wait(WAIT)
        one.child.stdout.close()


def replace_with(target, source):
    """As editors do it: a new file in the old one's place."""
    new = target.with_suffix(".new")
    shutil.copyfile(source, new)
    os.replace(new, target)


def put(target, text):
    """The same for a text."""
    new = target.with_suffix(".new")
    new.write_text(text)
    os.replace(new, target)


SUMMARY = r"^\d+ files?, "


def test_a_change_is_checked_and_the_last_verdict_is_the_exit_code(watching, samples, tmp_path):
    shutil.copyfile(samples / "wrong.tlx", tmp_path / "a.tlx")
    shutil.copyfile(samples / "good.tlx", tmp_path / "b.tlx")
    watch = watching("a.tlx", "b.tlx")
    first = watch.until(SUMMARY)
    assert re.fullmatch(r"--- \d\d:\d\d:\d\d  checking; Ctrl-C ends", first[0])
    assert "1 disagree" in first[-1]
    replace_with(tmp_path / "a.tlx", samples / "good.tlx")
    second = watch.until(SUMMARY)
    assert re.fullmatch(r"--- \d\d:\d\d:\d\d  changed: a.tlx", second[1])
    assert second[-1] == "2 files, 8 cases, 48 items: 48 agree"
    # Written a part at a time, as a slow exporter does: an error now, and a verdict once it is whole.
    whole = (samples / "wrong.tlx").read_bytes()
    (tmp_path / "b.tlx").write_bytes(whole[:-300])
    third = watch.until("; 1 file could not be compared$")
    assert any(line.startswith("a.tlx") and line.endswith("all agree") for line in third)
    (tmp_path / "b.tlx").write_bytes(whole)
    watch.until("^2 files, 8 cases, 48 items: 47 agree, 1 disagree$")
    assert watch.end(settled=False) == 1


def test_a_folder_with_new_and_removed_files_and_a_report_that_follows(watching, samples, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    shutil.copyfile(samples / "good.tlx", folder / "a.tlx")
    watch = watching("exports", "--format", "jsonl", "-o", "report.jsonl")
    assert watch.until(SUMMARY)[-1] == "1 file, 4 cases, 24 items: 24 agree"
    (folder / "deeper").mkdir()
    replace_with(folder / "deeper" / "b.tlx", samples / "wrong.tlx")
    assert watch.until(SUMMARY)[-1] == "2 files, 8 cases, 48 items: 47 agree, 1 disagree"
    assert xcheck("report", "report.jsonl", cwd=tmp_path).code == 1
    (folder / "deeper" / "b.tlx").unlink()
    assert watch.until(SUMMARY)[-1] == "1 file, 4 cases, 24 items: 24 agree"
    assert xcheck("report", "report.jsonl", cwd=tmp_path).code == 0
    assert watch.end(signal.SIGTERM) == 0


def test_the_known_differences_are_watched_and_may_be_broken_for_a_while(watching, samples, tmp_path):
    shutil.copyfile(samples / "wrong.tlx", tmp_path / "a.tlx")
    known = tmp_path / "known.toml"
    known.write_text('[[known]]\ncase = "nothing"\nreason = "none"\n')
    watch = watching("a.tlx", "--known", "known.toml")
    watch.until("^outdated: ")
    put(known, "[[known")
    assert "this is not TOML" in watch.until("^Error: known.toml")[-1]
    put(known, '[[known]]\ncase = "mlp/*"\nreason = "planted"\n')
    assert watch.until(SUMMARY)[-1] == "1 file, 4 cases, 24 items: 24 agree"
    assert watch.end() == 0


def test_the_source_of_the_model_is_watched(watching, golden, tmp_path):
    shutil.copyfile(golden / "tl-2026-08.tlx", tmp_path / "a.tlx")
    model = "Graph.comp (Graph.linear 4 8) (Graph.comp Graph.relu (Graph.linear 8 {n}))"
    (tmp_path / "m.lean").write_text(f"def m := {model.format(n=2)}\n")
    watch = watching("a.tlx", "--case", "mlp/4-8-2", "--source", "m.lean", "--call", "m")
    watch.until(SUMMARY)
    put(tmp_path / "m.lean", f"def m := {model.format(n=3)}\n")
    assert any("changed: m.lean" in line for line in watch.until(SUMMARY))
    assert watch.end() in (1, 2)


def test_json_lines_are_one_whole_report_after_another(watching, samples, tmp_path):
    shutil.copyfile(samples / "good.tlx", tmp_path / "a.tlx")
    watch = watching("a.tlx", "--format", "jsonl")
    watch.until('"type":"footer"')
    replace_with(tmp_path / "a.tlx", samples / "wrong.tlx")
    lines = [line for line in watch.until('"type":"footer"') if line and not line.startswith("---")]
    assert [json.loads(line)["type"] for line in lines] == ["header", "file", *["case"] * 4, "footer"]
    assert watch.end() == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["-"], "standard input cannot be watched"),
        (["a.tlx", "--format", "junit"], "one junit report after the other is none: name a file with -o"),
        (["a.tlx", "-o", "no/such"], "has no folder"),
        ([""], "a path is empty"),
    ],
)
def test_what_cannot_be_watched(tmp_path, args, words):
    ran = xcheck("check", "--watch", *args, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_missing_package_is_one_message(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    ran = xcheck("check", "--watch", "a.tlx", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "Error: --watch needs watchfiles: pip install 'torchlean-xcheck[watch]'\n"

"""What is checked again in another round of a watch, and what is not."""

from __future__ import annotations

import shutil

import pytest

from xcheck.cli import watch
from xcheck.cli.checking import Plan
from xcheck.cli.progress import Checking, Progress
from xcheck.cli.watch import _Rounds
from xcheck.cli.watched import look
from xcheck.compare.against_model import ModelChoice
from xcheck.compare.check import Options


@pytest.fixture
def rounds(samples, tmp_path, monkeypatch):
    """A function from a plan to a function that does a round: which files it checked, and which results it gave."""
    for name in ("good", "wrong", "own"):
        shutil.copyfile(samples / f"{name}.tlx", tmp_path / f"{name}.tlx")
    monkeypatch.chdir(tmp_path)
    asked = []
    real = watch.results_of

    def counted(plan, chosen, narrate, checking):
        asked.extend(source.path for source in chosen)
        return real(plan, chosen, narrate, checking)

    monkeypatch.setattr(watch, "results_of", counted)

    def start(plan):
        kept = _Rounds(plan)

        def once():
            asked.clear()
            given = [file.source for file in kept.results(look(plan), print, Checking(Progress()))]
            return list(asked), given

        return once

    return start


ALL = ["good.tlx", "wrong.tlx", "own.tlx"]


def test_only_what_changed_is_checked_again_and_all_of_it_is_reported(rounds, tmp_path):
    once = rounds(Plan(("good.tlx", "wrong.tlx", "own.tlx", "good.tlx"), Options()))
    assert once() == (ALL, [*ALL, "good.tlx"])
    assert once() == ([], [*ALL, "good.tlx"])
    shutil.copyfile("good.tlx", "wrong.tlx")
    assert once() == (["wrong.tlx"], [*ALL, "good.tlx"])
    (tmp_path / "own.tlx").unlink()
    assert once() == (["own.tlx"], [*ALL, "good.tlx"])


def test_everything_is_checked_again_where_a_failure_stops_the_run(rounds):
    once = rounds(Plan(tuple(ALL), Options(max_fail=1)))
    assert once()[0] == ALL
    assert once()[0] == ALL


def test_another_model_is_another_check(rounds, tmp_path):
    (tmp_path / "m.lean").write_text("def m := Graph.relu\n")
    (tmp_path / "lib").mkdir()
    model = ModelChoice("m.lean", "m", None, ("lib",), None)
    once = rounds(Plan(("good.tlx",), Options(exactly="relu/scalar"), model))
    assert once()[0] == ["good.tlx"]
    assert once()[0] == []
    (tmp_path / "m.lean").write_text("def m := Graph.tanh\n")
    assert once()[0] == ["good.tlx"]
    (tmp_path / "lib" / "New.lean").write_text("def n := 1\n")
    assert once()[0] == ["good.tlx"]
    (tmp_path / "lib" / "notes.txt").write_text("nothing")
    assert once()[0] == []


def test_a_known_difference_does_not_make_it_check_again(rounds, tmp_path):
    (tmp_path / "known.toml").write_text("")
    once = rounds(Plan(("good.tlx",), Options(), known="known.toml"))
    before = look(Plan(("good.tlx",), Options(), known="known.toml"))
    assert once()[0] == ["good.tlx"]
    (tmp_path / "known.toml").write_text("# new\n")
    after = look(Plan(("good.tlx",), Options(), known="known.toml"))
    assert after != before
    assert after.changed(before) == ["known.toml"]
    assert once()[0] == []

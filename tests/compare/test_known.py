"""Known differences: expected where an entry says so, and never longer than it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.corpora import changed, flip_output, golden_export, only
from xcheck.compare.check import Options, check_export
from xcheck.compare.known import Known, KnownError, apply_known, problems, read_known
from xcheck.compare.result import FileResult, ItemResult, Status
from xcheck.lean_parser.records import ForwardItem

TODAY = date(2026, 11, 22)
ENTRY = '[[known]]\ncase = "cnn/*"\nreason = "a flipped bit"\n'


def failing() -> FileResult:
    export = only(golden_export("08"), "cnn/two-conv", "mlp/4-8-2")
    return check_export(changed(export, "cnn/two-conv", ForwardItem, flip_output), Options())


def known(tmp_path: Path, text: str) -> Known:
    path = tmp_path / "xcheck-known.toml"
    path.write_text(text)
    return read_known(path)


def test_a_matching_failure_is_expected(tmp_path: Path) -> None:
    entries = known(tmp_path, ENTRY + 'link = "https://example.org/1"\nexpires = 2026-11-22\n')
    before = failing()
    assert before.status is Status.FAILED
    after, used = apply_known(entries, before, TODAY)
    assert after.status is Status.PASSED
    admitted = [line for item in after.items() for line in item.admitted]
    assert admitted == ["output of output: known: a flipped bit (https://example.org/1)"]
    assert problems(entries, used, TODAY, complete=True) == ()


@pytest.mark.parametrize(
    "line",
    ['profile = "tl-2026-05"', 'tensor = "parameter *"', "expires = 2026-11-21", 'case = "mlp/*"'],
)
def test_what_an_entry_does_not_cover_still_fails(tmp_path: Path, line: str) -> None:
    text = ENTRY.replace('case = "cnn/*"\n', "") if line.startswith("case") else ENTRY
    entries = known(tmp_path, text + line + "\n")
    after, used = apply_known(entries, failing(), TODAY)
    assert after.status is Status.FAILED
    (problem,) = problems(entries, used, TODAY, complete=True)
    assert ("expired on 2026-11-21" in problem) == line.startswith("expires")


def test_a_tensor_pattern_covers_only_its_tensor(tmp_path: Path) -> None:
    entries = known(tmp_path, ENTRY + 'tensor = "output"\nprofile = "tl-2026-08"\n')
    assert apply_known(entries, failing(), TODAY)[0].status is Status.PASSED


def test_an_unused_entry_is_a_problem_only_where_everything_was_checked(tmp_path: Path) -> None:
    entries = known(tmp_path, ENTRY.replace("cnn", "never"))
    assert "matched nothing" in problems(entries, frozenset(), TODAY, complete=True)[0]
    assert problems(entries, frozenset(), TODAY, complete=False) == ()


def test_what_cannot_be_compared_can_be_known_and_what_errored_cannot(tmp_path: Path) -> None:
    base = failing()
    for status, covered in ((Status.NOT_COMPARABLE, True), (Status.ERRORED, False)):
        item = ItemResult("forward", 1, status, reason="it is so")
        file = replace(base, cases=(replace(base.cases[0], name="cnn/x", items=(item,)),))
        after, used = apply_known(known(tmp_path, ENTRY), file, TODAY)
        assert (after.status is Status.PASSED) == covered
        assert bool(used) == covered
        assert apply_known(known(tmp_path, ENTRY + 'tensor = "*"\n'), file, TODAY)[0].status is status


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("known = 1", "Expected `array`"),
        ('[[known]]\ncase = "x"\n', "reason"),
        ('[[known]]\ncase = "x"\nreason = " "\n', "needs a case pattern and a reason"),
        (ENTRY + 'because = "x"\n', "because"),
        (ENTRY + 'expires = "soon"\n', "expires"),
        ("[[known]\n", "not TOML"),
    ],
)
def test_a_file_that_means_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(KnownError, match=r"xcheck-known\.toml") as caught:
        known(tmp_path, text)
    assert said in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="cannot be opened"):
        read_known(tmp_path / "none.toml")

"""`xcheck reduce`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import command, xcheck
from tests.oracle.processes import answering, recorded
from xcheck.lean_parser.export import read_export


def test_a_golden_case_that_agrees_is_0(golden: Path, tmp_path: Path) -> None:
    path = golden / "tl-2026-08.tlx"
    ran = xcheck("reduce", path, "--case", "cnn/two-conv", "--oracle", command(recorded(path)), cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "cnn/two-conv: the oracle's answer agrees; there is nothing to reduce\n"


def test_a_case_that_disagrees_is_reduced(golden: Path, tmp_path: Path) -> None:
    path = golden / "tl-2026-08.tlx"
    oracle = command(answering(defect="seeds-swapped"))
    ran = xcheck("reduce", path, "--case", "cnn/two-conv", "--oracle", oracle, "--out", "small", cwd=tmp_path)
    assert (ran.code, ran.err) == (1, "")
    assert "MISMATCH reduced  init from 0" in ran.out
    small = tmp_path / "small" / "cnn_two-conv-tl-2026-08.tlx"
    assert "reproduce: xcheck check small/cnn_two-conv-tl-2026-08.tlx" in ran.out
    assert len(read_export(small).items) == 3
    assert xcheck("check", small, cwd=tmp_path).code == 1
    assert xcheck("show", small, "reduced", "--lean", cwd=tmp_path).out == small.with_suffix(".lean").read_text()
    # What it wrote can be reduced again, to the same.
    again = xcheck("reduce", small, "--oracle", oracle, "--out", "again", cwd=tmp_path)
    assert again.code == 1
    assert read_export(tmp_path / "again" / "reduced-tl-2026-08.tlx").items == read_export(small).items


@pytest.mark.parametrize(
    ("file", "arguments", "message"),
    [
        ("tl-2026-08.tlx", (), "cases; choose one with --case NAME"),
        ("tl-2026-08.tlx", ("--case", "nothing"), "no case 'nothing'"),
        ("none.tlx", (), "cannot be opened"),
    ],
)
def test_bad_arguments_are_2_with_one_message(
    file: str, arguments: tuple[str, ...], message: str, golden: Path, tmp_path: Path
) -> None:
    ran = xcheck("reduce", golden / file, *arguments, "--oracle", command(answering()), cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_what_the_oracle_refuses_is_2(golden: Path, tmp_path: Path) -> None:
    oracle = command(recorded(golden / "tl-2026-05.tlx"))
    case = ("--case", "mlp/4-8-2")
    ran = xcheck("reduce", golden / "tl-2026-08.tlx", *case, "--oracle", oracle, cwd=tmp_path)
    assert ran.code == 0
    assert "is of tl-2026-08, the oracle is asked under tl-2026-05" in ran.err
    arguments = ("--profile", "tl-2026-05", "--oracle", oracle)
    unknown = tmp_path / "one.tlx"
    unknown.write_text('torchlean_export v1\ngraph "unheard of" : [] |- [1] -> [1] := id [1]\nend 1\n')
    ran = xcheck("reduce", unknown, *arguments, cwd=tmp_path)
    assert (ran.code, ran.err) == (
        2,
        "not comparable: the oracle does not take the graph (type error): this graph was not recorded\n",
    )

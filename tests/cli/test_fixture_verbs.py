"""`record`, `diff` and `stats` as users run them: real processes, their exit codes, and what they leave behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.corpora import GOLDEN, changed, flip_output, golden_export, only, recorded, write
from xcheck.fixtures.manifest import read_manifest
from xcheck.lean_parser.records import ForwardItem

NAMES = ("mlp/4-8-2", "cnn/two-conv", "cnn/batchnorm", "error/first")
RUN = "from xcheck.cli import main; main.VERBS.setdefault('{verb}', ('xcheck.cli.{verb}', '')); main.main()"


def xcheck(verb: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    code = [sys.executable, "-c", RUN.format(verb=verb), verb, *map(str, arguments)]
    return subprocess.run(code, capture_output=True, text=True, check=False, timeout=120, **options)  # type: ignore[call-overload]


def inline(capfd: pytest.CaptureFixture[str], verb: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The same in this process, for the many ways to go wrong: what `main` does with what the verb raises."""
    from xcheck.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["xcheck", verb, *map(str, arguments)])
        patch.setitem(main.VERBS, verb, (f"xcheck.cli.{verb}", ""))
        with pytest.raises(SystemExit) as done:
            main.main()
    out, err = capfd.readouterr()
    return subprocess.CompletedProcess([], int(done.value.code or 0), out, err)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write(tmp_path / "small.tlx", only(golden_export("08"), *NAMES))


def test_record_check_and_diff_in_a_row(tmp_path: Path, export: Path) -> None:
    done = xcheck("record", export, "-o", tmp_path / "set", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith(f"{tmp_path / 'set'}: 4 cases of 1 export, ")
    assert done.stdout.splitlines()[2] == "replay: 4 passed"
    checked = xcheck("check", tmp_path / "set")
    assert checked.returncode == 0
    assert "all agree" in checked.stdout
    again = xcheck("record", tmp_path / "set", "-o", tmp_path / "again", "--format", "json", "--jobs", 1)
    assert json.loads(again.stdout)["set_hash"] == read_manifest(tmp_path / "set").set_hash
    equal = xcheck("diff", tmp_path / "set", tmp_path / "again")
    assert (equal.returncode, equal.stdout, equal.stderr) == (0, "", "")


def test_what_lean_wrote_is_stored_also_where_the_reference_disagrees(tmp_path: Path, export: Path) -> None:
    broken = write(
        tmp_path / "broken.tlx", changed(only(golden_export("08"), *NAMES), "cnn/two-conv", ForwardItem, flip_output)
    )
    done = xcheck("record", broken, "-o", tmp_path / "set", "--jobs", 1)
    assert done.returncode == 1
    assert "replay: 3 passed, 1 failed; the set is marked" in done.stdout
    replay = read_manifest(tmp_path / "set").replay
    assert (replay.agrees, replay.disagreeing) == (False, ("cnn/two-conv",))
    assert xcheck("check", tmp_path / "set").returncode == 1
    changed_by_one = xcheck("diff", export, tmp_path / "set")
    assert changed_by_one.returncode == 1
    assert "from the output on, at most 1 ulp apart" in changed_by_one.stdout


def test_an_unknown_revision_is_stored_and_could_not_be_compared(tmp_path: Path) -> None:
    unknown = replace(only(golden_export("08"), *NAMES), headers={"torchlean": "feed123"})
    path = write(tmp_path / "unknown.tlx", unknown)
    done = xcheck("record", path, "-o", tmp_path / "set", "--jobs", 1)
    assert done.returncode == 2
    assert "unknown TorchLean revision" in done.stderr
    assert not read_manifest(tmp_path / "set").replay.agrees
    named = xcheck("record", path, "-o", tmp_path / "set", "--force", "--profile", "tl-2026-08", "--jobs", 1)
    assert named.returncode == 0


def _cut(folder: Path) -> None:
    path = folder / "tensors.parquet"
    path.write_bytes(path.read_bytes()[:-3])


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut": (_cut, "tensors.parquet"),
    "altered manifest": (lambda f: (f / "manifest.json").write_text("{}"), "manifest.json"),
    "missing file": (lambda f: (f / "items.parquet").unlink(), "items.parquet"),
    "extra file": (lambda f: (f / "extra").write_text(""), "extra"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "manifest.json"),
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "set"
    recorded([only(golden_export("08"), *NAMES)], folder)
    return folder


@pytest.mark.parametrize("damage", BROKEN)
def test_a_broken_set_is_one_message_and_exit_code_2(
    tmp_path: Path, stored: Path, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(stored, tmp_path / "set"))
    break_it, named = BROKEN[damage]
    break_it(folder)
    for verb, arguments in (
        ("check", [folder]),
        ("diff", [folder, stored]),
        ("stats", [folder]),
        ("record", [folder, "-o", tmp_path / "new"]),
    ):
        done = inline(capfd, verb, *arguments)
        assert done.returncode == 2, verb
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        assert named in said, verb
    assert not (tmp_path / "new").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


def test_bad_targets_and_inputs_are_one_message(
    tmp_path: Path, export: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.tlx").write_text("no export")
    for arguments in (
        (export, "-o", tmp_path / "file" / "set"),
        (export, "-o", tmp_path / "file", "--force"),
        (tmp_path / "empty", "-o", tmp_path / "set"),
        (tmp_path / "bad.tlx", "-o", tmp_path / "set"),
        (tmp_path / "none.tlx", "-o", tmp_path / "set"),
        (export, export, "-o", tmp_path / "set"),
        (export, "-o", tmp_path / "set", "--min-cases", 5),
        (export, "-o", tmp_path / "set", "--executor", "threads"),
    ):
        done = inline(capfd, "record", *arguments)
        assert done.returncode == 2, arguments
        assert len(done.stderr.splitlines()) <= 4
        assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tlx", "empty", "file", "small.tlx"]


def test_a_killed_record_leaves_no_half_set(tmp_path: Path) -> None:
    code = [sys.executable, "-c", RUN.format(verb="record"), "record", str(GOLDEN / "tl-2026-05.tlx"), "-"]
    child = subprocess.Popen([*code, "-o", str(tmp_path / "set")], stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob(".set.*.part/*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list(tmp_path.glob(".set.*.part/*"))
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    assert not (tmp_path / "set").exists()
    export = write(tmp_path / "small.tlx", only(golden_export("08"), *NAMES))
    assert xcheck("record", export, "-o", tmp_path / "set", "--jobs", 1).returncode == 0


def test_an_interrupted_record_cleans_up(tmp_path: Path) -> None:
    code = [sys.executable, "-c", RUN.format(verb="record"), "record", "-", "-o", str(tmp_path / "set")]
    child = subprocess.Popen(code, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    child.communicate()
    assert list(tmp_path.iterdir()) == []


def test_diff_formats_and_exit_codes(capfd: pytest.CaptureFixture[str]) -> None:
    old, new = GOLDEN / "tl-2026-07-13.tlx", GOLDEN / "tl-2026-07-15.tlx"
    text = inline(capfd, "diff", old, new)
    assert text.returncode == 1
    assert "sampler lcg -> splitmix64 explains every change:" in text.stdout.splitlines()
    lines = inline(capfd, "diff", old, new, "--format", "jsonl").stdout.splitlines()
    assert json.loads(lines[-1])["exit_code"] == 1
    assert inline(capfd, "diff", old, new, "--format", "markdown").stdout.startswith("### `")
    assert len(inline(capfd, "diff", old, new, "--depth", "0").stdout.splitlines()) == 1
    provenance = inline(capfd, "diff", new, GOLDEN / "tl-2026-08.tlx")
    assert (provenance.returncode, len(provenance.stdout.splitlines())) == (0, 3)


def test_stats_as_text_and_json(capfd: pytest.CaptureFixture[str]) -> None:
    path = GOLDEN / "tl-2026-06.tlx"
    text = inline(capfd, "stats", path)
    assert text.returncode == 0
    assert "cases                      75 (75 graphs, 0 layer stacks)" in text.stdout
    found = json.loads(inline(capfd, "stats", path, "--format", "json").stdout)
    assert (found["cases"], found["items"]["graph"], found["uncovered"]) == (75, 75, {})
    assert found["counters"]["40"] > 0
    assert found["special"]["NaN"] > 0
    assert found["trivial"] < 75


def test_help_of_every_verb(capfd: pytest.CaptureFixture[str]) -> None:
    for verb in ("record", "diff", "stats"):
        done = inline(capfd, verb, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: xcheck {verb}")

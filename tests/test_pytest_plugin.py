"""The plugin, in real pytest runs: one test for each case, and `lean_case` for users' own tests."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.corpora import GOLDEN, changed, flip_output, golden_export, only, recorded, write
from xcheck.lean_parser.records import ForwardItem

pytest_plugins = ["pytester"]

NAMES = ("mlp/4-8-2", "cnn/two-conv", "error/first")


@pytest.fixture
def export(pytester: pytest.Pytester) -> Path:
    return write(pytester.path / "small.tlx", only(golden_export("08"), *NAMES))


@pytest.fixture
def stored(pytester: pytest.Pytester) -> Path:
    recorded([only(golden_export("08"), *NAMES)], pytester.path / "set")
    return pytester.path / "set"


def ids(result: pytest.RunResult) -> list[str]:
    return [line.partition("::")[2].partition(" ")[0] for line in result.outlines if "::" in line]


def test_every_case_of_an_export_is_a_test(pytester: pytest.Pytester, export: Path) -> None:
    result = pytester.runpytest("-v", str(export))
    result.assert_outcomes(passed=3)
    assert ids(result) == ["cnn/two-conv", "error/first", "mlp/4-8-2"]
    result.stdout.fnmatch_lines(["xcheck 0.1.0: export *small.tlx, *"])


def test_every_case_of_a_set_is_a_test_and_the_header_names_the_set(pytester: pytest.Pytester, stored: Path) -> None:
    result = pytester.runpytest(str(stored))
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["xcheck 0.1.0: *set, 3 cases, set ????????????????, tl-2026-08, *"])


def test_a_set_that_is_the_root_folder_stays_sealed(tmp_path: Path) -> None:
    recorded([only(golden_export("08"), *NAMES)], tmp_path / "set")
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", str(tmp_path / "set"), "-q"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "3 passed" in done.stdout


def test_one_case_is_run_by_its_node_id(pytester: pytest.Pytester, stored: Path) -> None:
    result = pytester.runpytest("-v", f"{stored}/manifest.json::cnn/two-conv")
    result.assert_outcomes(passed=1)


def test_several_profiles_prefix_the_ids(pytester: pytest.Pytester) -> None:
    exports = [only(golden_export(name), "mlp/4-8-2") for name in ("08", "05")]
    recorded(exports, pytester.path / "set")
    result = pytester.runpytest("-v", str(pytester.path / "set"))
    assert ids(result) == ["tl-2026-05:mlp/4-8-2", "tl-2026-08:mlp/4-8-2"]


def test_a_disagreement_fails_and_shows_what_differs(pytester: pytest.Pytester) -> None:
    broken = changed(only(golden_export("08"), *NAMES), "cnn/two-conv", ForwardItem, flip_output)
    result = pytester.runpytest(str(write(pytester.path / "broken.tlx", broken)))
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["forward #1 from 0 (eval, spec): failed", "*output at layer 7*", "*at most 1 ulp apart"]
    )


def test_an_unknown_profile_fails_and_can_be_named(pytester: pytest.Pytester) -> None:
    unknown = replace(only(golden_export("08"), *NAMES), headers={"torchlean": "feed123"})
    path = write(pytester.path / "unknown.tlx", unknown)
    result = pytester.runpytest(str(path))
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*its headers name no known profile*"])
    pytester.runpytest(str(path), "--xcheck-profile", "tl-2026-08").assert_outcomes(passed=3)


def test_what_lies_in_a_test_folder_is_not_collected_unasked(
    pytester: pytest.Pytester, export: Path, stored: Path
) -> None:
    pytester.makepyfile("def test_mine(): pass")
    pytester.runpytest().assert_outcomes(passed=1)


OWN = """
    import numpy as np

    def test_shapes(lean_case):
        for forward in lean_case.forwards:
            assert forward.input.values.dtype == np.float64
        assert lean_case.profile.name == "tl-2026-08"
        assert lean_case.check().status == "passed"
"""


@pytest.mark.parametrize("which", ["export", "stored"])
def test_a_users_own_test_runs_for_each_case(
    pytester: pytest.Pytester, request: pytest.FixtureRequest, which: str
) -> None:
    path = request.getfixturevalue(which)
    pytester.makepyfile(OWN)
    result = pytester.runpytest("-v", "--xcheck", str(path), "--rootdir", str(pytester.path))
    result.assert_outcomes(passed=3)
    assert ids(result) == [f"test_shapes[{name}]" for name in sorted(NAMES)]


def test_ids_are_the_same_under_xdist(pytester: pytest.Pytester, stored: Path) -> None:
    pytester.makepyfile(OWN)
    result = pytester.runpytest_subprocess("--xcheck", str(stored), "-n", "2", "test_ids_are_the_same_under_xdist.py")
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("damage", ["missing", "cut", "no manifest", "extra"])
def test_a_broken_set_is_an_error_never_a_skip(pytester: pytest.Pytester, stored: Path, damage: str) -> None:
    match damage:
        case "missing":
            stored = stored.with_name("none")
        case "cut":
            (stored / "bits.parquet").write_bytes(b"")
        case "no manifest":
            (stored / "manifest.json").unlink()
        case "extra":
            (stored / "more").write_text("")
    direct = pytester.runpytest(str(stored))
    assert direct.ret not in (0, 5)
    direct.assert_outcomes(errors=0 if damage == "missing" else 1)
    pytester.makepyfile(OWN)
    own = pytester.runpytest("--xcheck", str(stored), "test_a_broken_set_is_an_error_never_a_skip.py")
    assert own.ret not in (0, 5)
    assert "skipped" not in own.stdout.str()


def test_the_fixture_without_a_path_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(OWN)
    result = pytester.runpytest()
    assert result.ret not in (0, 5)
    assert "needs --xcheck PATH" in result.stdout.str() + result.stderr.str()


def test_switching_the_plugin_off_is_harmless(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_mine(): pass")
    pytester.runpytest_subprocess("-p", "no:xcheck").assert_outcomes(passed=1)


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import xcheck.pytest_plugin; "
        "print([m for m in ('numpy', 'pyarrow', 'lark', 'msgspec', 'rich') if m in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_golden_files_pass_as_tests(pytester: pytest.Pytester) -> None:
    pytester.runpytest(str(GOLDEN / "tl-2026-09-c2.tlx")).assert_outcomes(passed=85)

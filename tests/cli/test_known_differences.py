"""`check --known`: an expected difference passes, and an entry that no longer fits fails the run."""

from __future__ import annotations

import pytest

BROKEN = "0x3fd40cba2fa6688a", "0x3fd40cba2fa6688b"


@pytest.fixture
def broken(golden, tmp_path):
    """A golden export with one bit of one trace entry changed."""
    text = (golden / "tl-2026-05.tlx").read_text()
    assert BROKEN[0] in text
    (tmp_path / "broken.tlx").write_text(text.replace(*BROKEN, 1))
    return tmp_path


def known(folder, body):
    (folder / "known.toml").write_text(f"[[known]]\n{body}\n")


def test_a_known_difference_is_expected_and_named(xcheck, broken):
    assert xcheck("check", "broken.tlx", cwd=broken).code == 1
    known(broken, 'case = "mlp/4-8-2"\nreason = "a bit changed by hand"\ntensor = "trace *"')
    done = xcheck("check", "broken.tlx", "--known", "known.toml", cwd=broken)
    assert done.code == 0
    assert "a bit changed by hand" in done.out


def test_an_entry_for_something_else_does_not_help_and_is_outdated(xcheck, broken):
    known(broken, 'case = "mlp/left-nested"\nreason = "elsewhere"')
    done = xcheck("check", "broken.tlx", "--known", "known.toml", cwd=broken)
    assert done.code == 1
    assert "outdated" in done.out
    assert "elsewhere" in done.out


def test_an_unused_entry_fails_a_run_that_agrees(xcheck, golden, broken):
    known(broken, 'case = "mlp/4-8-2"\nreason = "long gone"')
    done = xcheck("check", str(golden / "tl-2026-05.tlx"), "--known", "known.toml", cwd=broken)
    assert done.code == 1
    assert "long gone" in done.out


def test_an_expired_entry_covers_nothing(xcheck, broken):
    known(broken, 'case = "mlp/4-8-2"\nreason = "for a while"\nexpires = 2026-01-01')
    done = xcheck("check", "broken.tlx", "--known", "known.toml", cwd=broken)
    assert done.code == 1
    assert "expired on 2026-01-01" in done.out


def test_a_selection_does_not_make_entries_unused(xcheck, golden, broken):
    known(broken, 'case = "mlp/4-8-2"\nreason = "not in this selection"')
    file = str(golden / "tl-2026-05.tlx")
    assert xcheck("check", file, "-k", "identity", "--known", "known.toml", cwd=broken).code == 0


def test_a_known_difference_does_not_count_as_a_failure(xcheck, broken):
    known(broken, 'case = "mlp/4-8-2"\nreason = "a bit changed by hand"')
    assert xcheck("check", "broken.tlx", "--known", "known.toml", "--fail-fast", cwd=broken).code == 0


@pytest.mark.parametrize("body", ["case = 3", 'case = "a"', 'case = "a"\nreason = "b"\nfuture = 1', "]["])
def test_a_bad_file_is_one_message(xcheck, broken, body):
    known(broken, body)
    done = xcheck("check", "broken.tlx", "--known", "known.toml", cwd=broken)
    assert done.code == 2
    assert done.err.startswith("Error: known.toml: ")
    assert "Traceback" not in done.err

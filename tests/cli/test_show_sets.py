"""`show` on a fixture set shows what it shows of the export."""

from __future__ import annotations


def test_a_stored_case_looks_like_the_exported_one(xcheck, golden, tmp_path):
    export = str(golden / "tl-2026-06.tlx")
    assert xcheck("record", export, "-o", "set", cwd=tmp_path).code == 0
    stored = xcheck("show", "set", "cnn/two-conv", cwd=tmp_path)
    assert stored.code == 0
    assert stored.out == xcheck("show", export, "cnn/two-conv", cwd=tmp_path).out
    missing = xcheck("show", "set", "nothing like it", cwd=tmp_path)
    assert missing.code == 2
    assert "no case 'nothing like it'" in missing.err

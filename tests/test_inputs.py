from __future__ import annotations

import pytest

from xcheck.inputs import NoInputError, Source, sources_of
from xcheck.lean_parser.errors import UnreadableFileError


def test_folders_are_searched_deep_and_sorted(tmp_path):
    for name in ("b.tlx", "a/z.tlx", "a/b/c.tlx", "a/readme.md", "c.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", "utf-8")
    (tmp_path / "folder.tlx").mkdir()
    found = sources_of([str(tmp_path), "-", "plain.txt"])
    assert found == [
        *(Source(str(tmp_path / name)) for name in ("a/b/c.tlx", "a/z.tlx", "b.tlx")),
        Source("-"),
        Source("plain.txt"),
    ]


def test_a_folder_without_exports_is_refused(tmp_path):
    with pytest.raises(NoInputError, match=r"no \.tlx file"):
        sources_of([str(tmp_path)])


def test_a_missing_file_is_found_when_it_is_read(tmp_path):
    (source,) = sources_of([str(tmp_path / "no.tlx")])
    with pytest.raises(UnreadableFileError):
        source.read()


def test_a_link_to_nothing_is_not_skipped(tmp_path):
    (tmp_path / "gone.tlx").symlink_to(tmp_path / "elsewhere" / "gone.tlx")
    (source,) = sources_of([str(tmp_path)])
    with pytest.raises(UnreadableFileError):
        source.read()

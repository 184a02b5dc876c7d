from __future__ import annotations

import os

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


def test_a_folder_without_exports_is_found_when_it_is_read(tmp_path):
    (tmp_path / "empty").mkdir()
    empty, other = sources_of([str(tmp_path / "empty"), "other.tlx"])
    assert other == Source("other.tlx")
    with pytest.raises(UnreadableFileError, match=r"empty: the folder has no \.tlx file"):
        empty.read()


@pytest.mark.parametrize(("paths", "message"), [(["a.tlx", ""], "a path is empty"), (["-", "-"], "only once")])
def test_paths_that_no_run_can_start_with(paths, message):
    with pytest.raises(NoInputError, match=message):
        sources_of(paths)


def test_nothing_of_a_folder_is_left_out_in_silence(tmp_path):
    (tmp_path / "a.tlx").symlink_to("nowhere")
    os.mkfifo(tmp_path / "b.tlx")
    nowhere, pipe = sources_of([str(tmp_path)])
    with pytest.raises(UnreadableFileError, match="No such file"):
        nowhere.read()
    with pytest.raises(UnreadableFileError, match="no regular file"):
        pipe.read()


def test_a_link_back_up_is_not_followed(tmp_path):
    (tmp_path / "a.tlx").write_text("", "utf-8")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "up").symlink_to("..")
    assert sources_of([str(tmp_path)]) == [Source(str(tmp_path / "a.tlx"))]


def test_a_missing_file_is_found_when_it_is_read(tmp_path):
    (source,) = sources_of([str(tmp_path / "no.tlx")])
    with pytest.raises(UnreadableFileError):
        source.read()


def test_a_link_to_nothing_is_not_skipped(tmp_path):
    (tmp_path / "gone.tlx").symlink_to(tmp_path / "elsewhere" / "gone.tlx")
    (source,) = sources_of([str(tmp_path)])
    with pytest.raises(UnreadableFileError):
        source.read()

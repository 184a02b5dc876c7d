"""Installing the exporter: all or nothing, and nothing of the user's is touched without leave."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xcheck.oracle.files import write_whole
from xcheck.oracle.install import InstallError, exporter_files, exporter_folder, install


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("compat", "other"), [("GraphMay", "Chain"), ("ChainC3", "Graph")])
def test_the_files_of_the_surface_and_one_compat_file_are_installed(compat: str, other: str, tmp_path: Path) -> None:
    done = install(tmp_path, compat)
    there = contents(tmp_path / "XCheck")
    assert there == exporter_files(compat)
    assert {"Format.lean", "Main.lean", "Oracle.lean", "xcheck.sh", "Compat.lean"} <= set(there)
    assert not [name for name in there if name.startswith(other)]
    assert there["Compat.lean"] == (exporter_folder() / "Compat" / f"{compat}.lean").read_bytes()
    assert len(done.written) == len(there)
    assert os.listdir(tmp_path) == ["XCheck"]


def test_every_file_that_is_imported_is_installed() -> None:
    for compat in (path.stem for path in (exporter_folder() / "Compat").glob("*.lean")):
        files = exporter_files(compat)
        for content in files.values():
            for line in content.decode().splitlines():
                if line.startswith("import XCheck."):
                    assert line.split()[1].removeprefix("XCheck.") + ".lean" in files


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    install(tmp_path, "GraphMay")
    again = install(tmp_path, "GraphMay")
    assert again.written == ()
    assert len(again.unchanged) == len(exporter_files("GraphMay"))


def test_a_file_in_the_way_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "XCheck").mkdir()
    (tmp_path / "XCheck" / "Main.lean").write_text("-- mine\n")
    with pytest.raises(InstallError, match=r"would overwrite XCheck/Main.lean; --force does"):
        install(tmp_path, "GraphMay")
    assert contents(tmp_path) == {"XCheck/Main.lean": b"-- mine\n"}


def test_force_overwrites_the_exporters_files_and_no_others(tmp_path: Path) -> None:
    install(tmp_path, "GraphMay")
    (tmp_path / "XCheck" / "Main.lean").write_text("-- mine\n")
    (tmp_path / "XCheck" / "Notes.lean").write_text("-- mine too\n")
    done = install(tmp_path, "GraphMay", force=True)
    assert done.written == ("XCheck/Main.lean",)
    assert (tmp_path / "XCheck" / "Notes.lean").read_text() == "-- mine too\n"
    assert (tmp_path / "XCheck" / "Main.lean").read_bytes() == exporter_files("GraphMay")["Main.lean"]


def test_a_failure_half_way_puts_everything_back(tmp_path: Path) -> None:
    folder = tmp_path / "XCheck"
    folder.mkdir()
    (folder / "Chain.lean").write_text("-- old\n")
    # A folder cannot be replaced by a file, so the last name in order fails after the others are in place.
    source = tmp_path / "source"
    (source / "Compat").mkdir(parents=True)
    for name in ("Chain.lean", "Main.lean", "xcheck.sh", "Compat/ChainX.lean"):
        (source / name).write_text("-- new\n")
    real_replace, calls = os.replace, 0

    def replace(old: object, new: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(28, "No space left on device")
        real_replace(old, new)

    patch = pytest.MonkeyPatch()
    patch.setattr(os, "replace", replace)
    try:
        with pytest.raises(InstallError, match="No space left"):
            install(tmp_path, "ChainX", force=True, source=source)
    finally:
        patch.undo()
    assert contents(folder) == {"Chain.lean": b"-- old\n"}
    assert sorted(os.listdir(tmp_path)) == ["XCheck", "source"]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "XCheck").write_text("a file\n")
    with pytest.raises(InstallError, match="is no folder"):
        install(tmp_path, "GraphMay")


def test_an_unknown_compat_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="no Compat file 'GraphNever'"):
        install(tmp_path, "GraphNever")


def test_a_whole_file_or_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "new" / "file", b"one")
    (tmp_path / "new").mkdir()
    write_whole(tmp_path / "new" / "file", b"one")
    write_whole(tmp_path / "new" / "file", b"two")
    assert contents(tmp_path) == {"new/file": b"two"}
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_whole(tmp_path / "folder", b"three")
    assert contents(tmp_path) == {"new/file": b"two"}

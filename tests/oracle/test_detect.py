"""Detection by probes, on checkouts that hold just what the probes look for."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcheck.oracle.detect import JULY, REVISIONS, Probe, Revision, UnknownCheckoutError, detect
from xcheck.oracle.install import exporter_files, exporter_folder
from xcheck.reference.profile import PROFILES

NAMED = [revision for revision in REVISIONS if revision.profile is not None]


def make(checkout: Path, *probes: Probe) -> Path:
    (checkout / "NN").mkdir(parents=True, exist_ok=True)
    for probe in probes:
        if probe.absent:
            continue
        place = checkout / probe.path
        place.parent.mkdir(parents=True, exist_ok=True)
        old = place.read_text() if place.exists() else ""
        place.write_text(old + f"-- some Lean\n{probe.text}\n")
    return checkout


def with_surface(checkout: Path, revision: Revision) -> Path:
    """The checkout of a row: what its probes look for, and what every checkout of its surface has."""
    if not revision.compat.startswith("Chain"):
        make(checkout, Probe("NN/GraphSpec/ToTorchLean.lean"))
    return make(checkout, *revision.probes)


@pytest.mark.parametrize("revision", NAMED, ids=lambda revision: revision.compat + revision.commits[:7])
def test_each_row_is_told_by_its_probes(revision: Revision, tmp_path: Path) -> None:
    found = detect(with_surface(tmp_path, revision))
    assert found.compat == revision.compat
    assert found.commits in (revision.commits, JULY[0][1])
    assert found.because == tuple(map(str, revision.probes))
    assert found.profile.name.startswith(str(revision.profile))


@pytest.mark.parametrize("position", range(len(JULY)))
def test_the_revisions_inside_july_are_told_apart(position: int, tmp_path: Path) -> None:
    july = next(revision for revision in NAMED if revision.profile == "tl-2026-07-15")
    with_surface(tmp_path, july)
    make(tmp_path, *(probe for probe, _, _ in JULY[: position + 1] if probe is not None))
    assert detect(tmp_path).profile.name == JULY[position][2]


def test_the_first_row_that_holds_decides(tmp_path: Path) -> None:
    for revision in reversed(NAMED):
        with_surface(tmp_path, revision)
    assert detect(tmp_path).compat == "ChainC3"


@pytest.mark.parametrize(
    ("probes", "message"),
    [
        ((), "no known revision; the nearest is"),
        ((Probe("NN/GraphSpec/ToTorchLean.lean"),), "no known revision; the nearest is"),
        (
            (Probe("NN/GraphSpec/ToSequential.lean"), Probe("NN/GraphSpec/Primitives/Spatial.lean", "seed := 3 * i")),
            "the nearest is tl-2026-09",
        ),
    ],
)
def test_an_unknown_checkout_is_refused_with_the_nearest(
    probes: tuple[Probe, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UnknownCheckoutError, match=message):
        detect(make(tmp_path, *probes))


def test_what_is_no_checkout_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(UnknownCheckoutError, match="no TorchLean checkout"):
        detect(tmp_path)
    with pytest.raises(UnknownCheckoutError, match="no such folder"):
        detect(tmp_path / "none")


def test_the_rows_are_those_of_the_exporters_readme() -> None:
    readme = (exporter_folder() / "README.md").read_text()
    for revision in REVISIONS:
        for probe in revision.probes:
            assert f"`{probe.path}`" in readme
            assert not probe.text or f"`{probe.text}`" in readme
        assert not revision.compat or f"`{revision.compat}` |" in readme
    for probe, _, _ in JULY:
        assert probe is None or (f"`{probe.path}`" in readme and f"`{probe.text}`" in readme)


def test_every_profile_has_a_row_and_every_row_a_compat_file() -> None:
    told = {revision.profile for revision in NAMED} | {name for _, _, name in JULY}
    assert told == {profile.name for profile in PROFILES}
    for revision in NAMED:
        assert "Compat.lean" in exporter_files(revision.compat)

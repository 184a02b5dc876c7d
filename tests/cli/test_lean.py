"""`xcheck lean` and `xcheck show --lean`, with a Lake and a Lean that only pretend."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.runner import Ran, fresh_xcheck, xcheck
from tests.oracle.processes import is_gone
from tests.oracle.test_detect import NAMED, with_surface
from xcheck.lean_parser.elaborate.denote import denote
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.lean_printer import unprintable
from xcheck.lean_parser.records import GraphItem
from xcheck.oracle.install import exporter_files
from xcheck.reference.profile import profile_named

AUGUST = next(revision for revision in NAMED if revision.profile == "tl-2026-08")

# `lake env PROGRAM ...` runs the program; `lean -o FILE` makes the file; `lean --run` answers what the test wants.
LAKE = '#!/bin/sh\necho "lake $*" >> "$PRETEND/calls"\n[ "$1" = env ] && { shift; exec "$@"; }\nexit "${BUILD:-0}"\n'
LEAN = """#!/bin/sh
echo "lean $*" >> "$PRETEND/calls"
if [ "$1" = -o ]; then : > "$2"; exit 0; fi
[ -n "$HANG" ] && { echo $$ > "$PRETEND/pid"; sleep 600 & echo $! >> "$PRETEND/pid"; wait; }
[ -n "$SAYS" ] && echo "$SAYS" >&2
head -c "${BYTES:-100000000}" "$PRETEND/export.tlx"
exit "${STATUS:-0}"
"""


@pytest.fixture
def checkout(tmp_path: Path, golden: Path) -> Path:
    place = with_surface(tmp_path / "TorchLean", AUGUST)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("lake", LAKE), ("lean", LEAN)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (tmp_path / "export.tlx").write_bytes((golden / "tl-2026-08.tlx").read_bytes())
    return place


def run(checkout: Path, *arguments: str | Path, **environment: str) -> Ran:
    """`xcheck lean`; in a process of its own where Lean says something, which goes to standard error directly."""
    home = checkout.parent
    path = f"{home / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    start = fresh_xcheck if "SAYS" in environment else xcheck
    return start("lean", *arguments, cwd=home, **{"PATH": path, "PRETEND": str(home), **environment})


def test_detect_names_profile_commits_and_probes(checkout: Path) -> None:
    ran = run(checkout, "detect", checkout)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "tl-2026-08  TorchLean be55ea0, b2a2184  Compat/GraphJuly13.lean",
        "  NN/GraphSpec/Primitives/Vision.lean has 'poolOutDim'",
    ]


def test_an_unknown_checkout_is_2_for_every_verb(tmp_path: Path) -> None:
    (tmp_path / "NN").mkdir()
    for verb in (("detect",), ("install",), ("export", "-o", "x.tlx")):
        ran = xcheck("lean", verb[0], tmp_path, *verb[1:], cwd=tmp_path)
        assert (ran.code, ran.out) == (2, "")
        assert "no known revision; the nearest is tl-" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["NN"]


def test_install_and_again_and_force(checkout: Path) -> None:
    first = run(checkout, "install", checkout)
    assert first.code == 0
    assert "  wrote      XCheck/Compat.lean (GraphJuly13)\n" in first.out
    assert {path.name for path in (checkout / "XCheck").iterdir()} == set(exporter_files("GraphJuly13"))
    (checkout / "XCheck" / "Export.lean").write_text("-- mine\n")
    refused = run(checkout, "install", checkout)
    assert refused.code == 2
    assert "would overwrite XCheck/Export.lean; --force does" in refused.err
    assert (checkout / "XCheck" / "Export.lean").read_text() == "-- mine\n"
    forced = run(checkout, "install", checkout, "--force")
    assert forced.code == 0
    assert forced.out.count("wrote") == 1


def test_export_builds_runs_and_writes(checkout: Path, golden: Path) -> None:
    assert run(checkout, "install", checkout).code == 0
    ran = run(checkout, "export", checkout, "-o", "out.tlx", "--models", "mlp,cnn", "--via", "spec")
    assert (ran.code, ran.out) == (0, "")
    assert "73 cases, 470 items; check it with --profile tl-2026-08" in ran.err
    assert (checkout.parent / "out.tlx").read_bytes() == (golden / "tl-2026-08.tlx").read_bytes()
    calls = (checkout.parent / "calls").read_text()
    assert "lake build +NN.GraphSpec." in calls
    claims = "--torchlean unknown --profile tl-2026-08"
    assert f"lean --run XCheck/Main.lean {claims} --models mlp,cnn --via spec\n" in calls
    # What is built stays built.
    assert run(checkout, "export", checkout, "-o", "-").out.encode() == (golden / "tl-2026-08.tlx").read_bytes()
    assert (checkout.parent / "calls").read_text().count("lake build") == 1


def test_the_commit_that_git_knows_is_written(checkout: Path) -> None:
    run(checkout, "install", checkout)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(checkout)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout[:7]
    assert run(checkout, "export", checkout, "-o", "out.tlx").code == 0
    assert f"--torchlean {head} --profile tl-2026-08" in (checkout.parent / "calls").read_text()


def test_requests_are_read_before_lean_is_started(checkout: Path) -> None:
    run(checkout, "install", checkout)
    requests = checkout.parent / "requests.txt"
    assert xcheck("gen", "--count", "120", "--profile", "tl-2026-08", "-o", requests, cwd=checkout.parent).code == 0
    assert run(checkout, "export", checkout, "-o", "out.tlx", "--requests", requests).code == 0
    assert f"--requests {requests}" in (checkout.parent / "calls").read_text()
    (checkout.parent / "calls").unlink()
    once = requests.read_text().split("\nrequest r2\n")[0]
    requests.write_text(once + once.replace(" r1", " r2"))
    ran = run(checkout, "export", checkout, "-o", "twice.tlx", "--requests", requests)
    assert ran.code == 2
    assert "has two graphs of the name" in ran.err
    assert not (checkout.parent / "calls").exists()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"BYTES": "1000"}, "did not write a complete export (ended with status 0)"),
        ({"BYTES": "0"}, "did not write a complete export"),
        ({"STATUS": "3"}, "xcheck.sh export ended with status 3"),
        ({"BUILD": "1"}, "xcheck.sh build ended with status 1"),
        ({"PATH": "/usr/bin:/bin"}, "there is no 'lake' to run Lean with"),
        ({"XCHECK_LAKE": "scripts/lake.sh"}, "there is no 'scripts/lake.sh' to run Lean with"),
        ({"SAYS": "error: unknown identifier", "STATUS": "2"}, "error: unknown identifier"),
    ],
)
def test_what_goes_wrong_is_2_and_nothing_is_written(environment: dict[str, str], message: str, checkout: Path) -> None:
    run(checkout, "install", checkout)
    (checkout.parent / "out.tlx").write_text("what was there")
    ran = run(checkout, "export", checkout, "-o", "out.tlx", **environment)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert (checkout.parent / "out.tlx").read_text() == "what was there"
    assert not [path for path in checkout.parent.iterdir() if path.name.startswith(".out.tlx")]


def test_an_export_without_all_that_was_asked_for_is_written_and_2(checkout: Path) -> None:
    run(checkout, "install", checkout)
    ran = run(checkout, "export", checkout, "-o", "out.tlx", STATUS="1", SAYS="refused init of r7: because")
    assert ran.code == 2
    assert "refused init of r7: because" in ran.err
    assert len(read_export(checkout.parent / "out.tlx").items) == 470


def test_without_the_exporter_the_message_says_how_to_get_it(checkout: Path) -> None:
    ran = run(checkout, "export", checkout, "-o", "out.tlx")
    assert ran.code == 2
    assert f"the exporter is not installed; xcheck lean install {checkout}" in ran.err


def test_an_interrupted_export_leaves_no_process(checkout: Path) -> None:
    run(checkout, "install", checkout)
    home = checkout.parent
    environment = {**os.environ, "PATH": f"{home / 'bin'}:{os.environ['PATH']}", "PRETEND": str(home), "HANG": "1"}
    arguments = ["lean", "export", str(checkout), "-o", str(home / "out.tlx")]
    python = Path(os.sys.executable)
    process = subprocess.Popen(
        [str(python), "-m", "xcheck", *arguments],
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.PIPE,
    )
    notes = home / "pid"
    while not notes.exists() or len(notes.read_text().split()) != 2:
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert b"interrupted" in said
    assert all(is_gone(int(pid)) for pid in notes.read_text().split())
    assert not (home / "out.tlx").exists()


# show --lean


@pytest.mark.parametrize("name", ["tl-2026-05", "tl-2026-07-13", "tl-2026-09-c2"])
def test_lean_source_read_back_is_the_same_graph(name: str, golden: Path, tmp_path: Path) -> None:
    from xcheck.report.lean_source import lean_source

    profile = profile_named(name)
    rendered = 0
    for case, items in read_export(golden / f"{name}.tlx").cases().items():
        subject = items[0]
        assert isinstance(subject, GraphItem)
        if any(unprintable(subject.graph, profile)):
            continue
        text = lean_source(items, profile)
        (tmp_path / "case.lean").write_text(text)
        assert denote(str(tmp_path / "case.lean"), profile, call="subject") == subject.graph, case
        assert re.search(r"\b[0-9]+\.[0-9]", text) is None, "a decimal float"
        rendered += 1
    assert rendered > 60


def test_show_lean_prints_one_case(golden: Path, tmp_path: Path) -> None:
    path = golden / "tl-2026-08.tlx"
    ran = xcheck("show", path, "mlp/4-8-2", "--lean", cwd=tmp_path)
    assert ran.code == 0
    assert "def subject : Graph [.dim 8 (.dim 4 .scalar)" in ran.out
    assert "Float.ofBits 0xbfdf0279ff555555" in ran.out
    assert ran.out.count("#eval") == 6
    no_case = xcheck("show", path, "--lean", cwd=tmp_path)
    assert (no_case.code, no_case.out) == (2, "")
    assert "--lean needs a CASE" in no_case.err


def test_a_users_own_primitive_has_no_source(golden: Path, tmp_path: Path) -> None:
    path = golden / "tl-2026-08.tlx"
    names = [
        name
        for name, items in read_export(path).cases().items()
        if any(unprintable(items[0].graph, profile_named("tl-2026-08")))  # type: ignore[union-attr]
    ]
    ran = xcheck("show", path, names[0], "--lean", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "has no constructor in Lean's own table" in ran.err

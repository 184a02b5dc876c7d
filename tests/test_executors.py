"""The same results in the same order, wherever the work is done and whoever dies on the way."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import distributed
import msgspec
import pytest

from tests import deadly
from tests.corpora import GOLDEN, changed, flip_output, golden_export, only, recorded, write
from xcheck.compare import chunks, reading, runner
from xcheck.compare.check import Options
from xcheck.compare.executors import ExecutorError, Job, Lanes, WorkerDiedError, engine
from xcheck.compare.jobs import CasesAnswer
from xcheck.compare.result import FileResult, Status
from xcheck.compare.runner import run
from xcheck.fixtures.read import CHUNK_CASES, FixtureSet
from xcheck.inputs import sources_of
from xcheck.lean_parser.errors import ExportError
from xcheck.lean_parser.records import Export, ForwardItem

NAMES = ("mlp/4-8-2", "cnn/two-conv", "cnn/batchnorm", "error/first", "mlp/softmax-head")


@pytest.fixture(scope="module")
def dask() -> Iterator[str]:
    with (
        warnings.catch_warnings(action="ignore"),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
    ):
        yield "dask://" + cluster.scheduler_address.removeprefix("tcp://")


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cases in a piece, and no export checked whole."""
    monkeypatch.setattr(chunks, "CHUNK_CASES", 2)
    monkeypatch.setattr(runner, "whole_below", lambda sources, width: 0)
    original = FixtureSet.chunks

    def two(self: FixtureSet, origin: int, selects: Callable[[str], bool], most: int = CHUNK_CASES) -> object:
        return original(self, origin, selects, min(most, 2))

    monkeypatch.setattr(FixtureSet, "chunks", two)


@pytest.fixture
def corpus(tmp_path: Path) -> list[str]:
    """A set of two profiles, an export with a planted fault, one that cannot be read, and one of unknown profile."""
    exports = [only(golden_export(name), *NAMES) for name in ("05", "08")]
    recorded(exports, tmp_path / "set")
    broken = changed(exports[1], "cnn/two-conv", ForwardItem, flip_output)
    write(tmp_path / "broken.tlx", broken)
    write(tmp_path / "unknown.tlx", replace(exports[0], headers={"torchlean": "feed123"}))
    (tmp_path / "cut.tlx").write_text("torchlean_export v1 graph")
    return [str(tmp_path / name) for name in ("set", "broken.tlx", "cut.tlx", "unknown.tlx")]


def results(paths: list[str], options: Options | None = None, **where: object) -> list[FileResult]:
    return list(run(sources_of(paths), options or Options(), **where))  # type: ignore[arg-type]


def test_processes_and_dask_give_what_one_process_gives(corpus: list[str], small_pieces: None, dask: str) -> None:
    alone = results(corpus)
    assert [file.status for file in alone] == ["passed", "passed", "failed", "errored", "errored"]
    assert results(corpus, jobs=2) == alone
    assert results(corpus, executor=dask) == alone


def test_whole_exports_as_pieces_give_the_same(corpus: list[str], dask: str) -> None:
    alone = results([str(GOLDEN / "tl-2026-05.tlx"), *corpus])
    assert results([str(GOLDEN / "tl-2026-05.tlx"), *corpus], executor=dask) == alone


@pytest.mark.parametrize("options", [Options(max_fail=1), Options(contains="cnn"), Options(exactly="mlp/4-8-2")])
def test_selections_and_limits_do_not_depend_on_the_executor(
    corpus: list[str], small_pieces: None, dask: str, options: Options
) -> None:
    alone = results(corpus, options)
    assert results(corpus, options, executor=dask) == alone
    if options.max_fail:
        assert sum(case.status is not Status.PASSED for file in alone for case in file.cases) == 1


def test_lanes_report_a_death_and_go_on() -> None:
    with engine(None, 2) as lanes:
        futures = [lanes.submit(deadly.die, text, str(n)) for n, text in enumerate([b"a", b"die", b"b", b"c"])]
        assert [futures[n].result() for n in (0, 2, 3)] == [b"a", b"b", b"c"]
        with pytest.raises(WorkerDiedError):
            futures[1].result()
        assert lanes.submit(deadly.double, b"x", "again").result() == b"xx"
        assert lanes.restarted() == []


def test_lanes_pass_on_what_a_job_raises() -> None:
    lanes = Lanes(1)
    try:
        with pytest.raises(TypeError):
            lanes.submit(deadly.double, None, "k").result()  # type: ignore[arg-type]
    finally:
        lanes.close()


@pytest.fixture
def once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    marker = tmp_path / "marker"
    marker.write_text("")
    monkeypatch.setenv(deadly.ONCE, str(marker))
    monkeypatch.setattr(runner, "check_cases_job", deadly.die_once)
    return marker


def test_a_worker_that_dies_is_named_with_its_cases_and_they_are_tried_again(
    tmp_path: Path, small_pieces: None, once: Path
) -> None:
    path = str(write(tmp_path / "a.tlx", only(golden_export("08"), *NAMES)))
    said: list[str] = []
    found = results([path], jobs=2, narrate=said.append)
    assert not once.exists()
    assert found == results([path])
    (line,) = said
    assert "a worker died holding" in line
    assert sum(repr(name) in line for name in NAMES) == 2


def poisoned() -> Export:
    export = only(golden_export("08"), *NAMES)
    return replace(
        export,
        items=tuple(replace(i, name="poison") if i.name == "cnn/batchnorm" else i for i in export.items),
    )


def test_a_case_that_kills_every_worker_is_the_only_one_to_err(
    tmp_path: Path, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "check_cases_job", deadly.die_on_poison)
    path = str(write(tmp_path / "a.tlx", poisoned()))
    said: list[str] = []
    (file,) = results([path], jobs=2, narrate=said.append)
    assert {case.name: case.status for case in file.cases if case.status is not Status.PASSED} == {
        "poison": Status.ERRORED
    }
    assert [case.name for case in file.cases] == list(poisoned().cases())
    assert "its worker died twice" in str(file.cases[[c.name for c in file.cases].index("poison")].items[0].reason)
    assert len(said) == 1


def test_dask_survives_a_dead_worker_and_says_what_it_held(
    tmp_path: Path, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "marker"
    marker.write_text("")
    # Set before the cluster starts: its workers inherit the environment.
    monkeypatch.setenv(deadly.ONCE, str(marker))
    path = str(write(tmp_path / "a.tlx", only(golden_export("08"), *NAMES)))
    alone = results([path])
    monkeypatch.setattr(runner, "check_cases_job", deadly.die_once)
    said: list[str] = []
    with (
        warnings.catch_warnings(action="ignore"),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=60) as cluster,
    ):
        address = "dask://" + cluster.scheduler_address.removeprefix("tcp://")
        assert results([path], executor=address, narrate=said.append) == alone
    assert not marker.exists()
    assert len(said) == 1
    assert "died holding" in said[0]
    assert "of " + path in said[0]


@pytest.mark.parametrize("spec", ["threads", "dask://", "dask://localhost:1", "dask://nowhere"])
def test_an_executor_that_is_not_there_is_one_message(
    corpus: list[str], spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xcheck.compare.executors._CONNECT_SECONDS", 0.5)
    with pytest.raises(ExecutorError):
        results(corpus, executor=spec)


def test_reading_in_workers_gives_the_same_tables_and_the_same_mistakes(
    corpus: list[str], dask: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_WORTHWHILE", 0)
    stored, broken, cut, unknown = sources_of(corpus[:1])[0], *sources_of(corpus[1:])
    sources = [broken, stored, unknown]

    def quiet(line: str) -> None:
        pytest.fail(line)

    alone = list(reading.read_encoded(sources, 1, None, quiet))
    for jobs, executor in ((2, None), (1, dask)):
        found = list(reading.read_encoded(sources, jobs, executor, quiet))
        assert [(e.source, e.headers, e.cases, e.items) for e in found] == [
            (e.source, e.headers, e.cases, e.items) for e in alone
        ]
        assert [e.tables.by_name for e in found] == [e.tables.by_name for e in alone]
        with pytest.raises(ExportError, match=r"cut\.tlx:1:"):
            list(reading.read_encoded([broken, cut], jobs, executor, quiet))


class Forgetful:
    """An engine whose workers leave out the last case they were given."""

    width = 1

    def submit(self, job: Job, request: bytes, key: str) -> Future[bytes]:
        answer = msgspec.json.decode(job(request), type=CasesAnswer)
        done: Future[bytes] = Future()
        done.set_result(msgspec.json.encode(CasesAnswer(answer.cases[:-1])))
        return done

    def restarted(self) -> list[tuple[str, tuple[str, ...]]]:
        return []


def test_a_case_that_a_worker_leaves_out_is_missed(
    corpus: list[str], small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "engine", lambda *_: nullcontext(Forgetful()))
    found = results(corpus[:1], jobs=2)
    assert [file.status for file in found] == [Status.ERRORED] * len(found)
    assert all("answered for other cases" in (file.error or "") for file in found)

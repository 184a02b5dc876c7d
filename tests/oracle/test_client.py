"""The client against real child processes: each misbehaviour is an error of its own, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.oracle.processes import children, is_gone, misbehaving
from xcheck.oracle import errors
from xcheck.oracle.claims import profile_of
from xcheck.oracle.client import Limits, Oracle
from xcheck.oracle.messages import Complaint, DagAsk, Request
from xcheck.reference.graph import Identity

LIMITS = Limits(start=1.0, request=0.4, end=0.3, answer_bytes=1 << 22)
REQUEST = Request("c1", "case", Identity((2,)), ())

AT_START = [
    ("dies-at-start", errors.DiedAtStartError, "ended with status 3 before its handshake"),
    ("killed-at-start", errors.DiedAtStartError, "ended by SIGKILL before its handshake"),
    ("cut-handshake", errors.DiedAtStartError, "before its handshake, after 'xcheck-oracle 1"),
    ("silent-at-start", errors.StartTimeoutError, "no handshake within 1 s"),
    ("half-a-handshake", errors.StartTimeoutError, "only 'xcheck-oracle 1"),
    ("garbage-at-start", errors.NotAnOracleError, "no handshake: 'info: downloading lean'"),
    ("endless-first-line", errors.NotAnOracleError, "no handshake: 'xxxx"),
    ("no-profile", errors.NotAnOracleError, "its handshake has no profile"),
    ("wrong-version", errors.WrongVersionError, "version 2 of the protocol, this is version 1"),
]
WHEN_ASKED = [
    ("dies", errors.DiedError, "ended with status 1 instead of answering request c1, after a restart as well"),
    ("crashes", errors.DiedError, "ended by SIGSEGV instead of answering request c1, after a restart as well"),
    ("closes-output", errors.DiedError, "closed its output without ending instead of answering request c1"),
    ("cut-answer", errors.CutAnswerError, "in the middle of its answer to request c1, after 'answer c1"),
    ("hangs", errors.TimedOutError, "no answer to request c1 within 0.4 s, after a restart as well"),
    ("deaf", errors.TimedOutError, "no answer to request c1 within 0.4 s"),
    ("hangs-in-answer", errors.TimedOutError, "only 30 bytes of it"),
    ("garbage", errors.GarbageError, "request c1 was answered by 'panic: index out of bounds'"),
    ("garbage-inside", errors.GarbageError, "an answer that cannot be read"),
    ("not-utf8", errors.GarbageError, "is not UTF-8 at byte 10"),
    ("wrong-count", errors.GarbageError, "another number of entries"),
    ("error-and-more", errors.GarbageError, "both an error and more"),
    ("endless-answer", errors.GarbageError, "has no end after"),
    ("other-request", errors.OtherAnswerError, "request c1 was answered by an answer to other"),
    ("ends-as-other", errors.OtherAnswerError, "ends as an answer to other"),
    ("other-graph", errors.OtherAnswerError, "about another graph"),
    ("other-name", errors.OtherAnswerError, "does not begin with the graph"),
    ("too-much", errors.OtherAnswerError, "asked for 1 graph and 0 items, 2 came"),
    ("too-little", errors.OtherAnswerError, "asked for 1 graph and 0 items, 0 came"),
]


@pytest.mark.parametrize(("mode", "kind", "message"), AT_START)
def test_a_process_that_does_not_start_well_is_an_error_of_its_own(mode: str, kind: type, message: str) -> None:
    before = children()
    with pytest.raises(errors.OracleError) as caught, Oracle(misbehaving(mode), LIMITS):
        pass
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert children() == before


@pytest.mark.parametrize(("mode", "kind", "message"), WHEN_ASKED)
def test_a_process_that_answers_badly_is_an_error_of_its_own(
    mode: str, kind: type, message: str, tmp_path: Path
) -> None:
    before = children()
    started = time.monotonic()
    with pytest.raises(errors.OracleError) as caught, Oracle(misbehaving(mode, tmp_path / "notes"), LIMITS) as oracle:
        oracle.ask(REQUEST)
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert time.monotonic() - started < 10
    assert children() == before


def test_a_missing_program_is_an_error_of_its_own() -> None:
    with pytest.raises(errors.CannotStartError, match="no-such-program: No such file"), Oracle(["no-such-program"]):
        pass


def test_a_file_that_may_not_be_run_is_the_same_error(tmp_path: Path) -> None:
    (tmp_path / "oracle").write_text("#!/bin/sh\n")
    with pytest.raises(errors.CannotStartError, match="Permission denied"), Oracle([str(tmp_path / "oracle")]):
        pass


@pytest.mark.parametrize("mode", ["dies-once", "hangs-once"])
def test_a_process_that_fails_once_is_started_again_and_asked_again(mode: str, tmp_path: Path) -> None:
    with Oracle(misbehaving(mode, tmp_path / "notes"), LIMITS) as oracle:
        assert [item.name for item in oracle.ask(REQUEST).items] == ["case"]
        assert oracle.restarts == 1
        oracle.ask(REQUEST)
        assert oracle.restarts == 1


def test_another_oracle_after_a_restart_is_an_error(tmp_path: Path) -> None:
    command = misbehaving("changes-on-restart", tmp_path / "notes")
    with pytest.raises(errors.ChangedOracleError), Oracle(command, LIMITS) as oracle:
        oracle.ask(REQUEST)


def test_a_second_answer_to_one_request_is_noticed_at_the_next(tmp_path: Path) -> None:
    with Oracle(misbehaving("answers-twice"), LIMITS) as oracle:
        oracle.ask(REQUEST)
        time.sleep(0.05)
        with pytest.raises(errors.GarbageError, match="something unasked"):
            oracle.ask(REQUEST)


def test_standard_error_is_shown() -> None:
    with pytest.raises(errors.DiedAtStartError) as caught, Oracle(misbehaving("dies-at-start"), LIMITS):
        pass
    assert str(caught.value).endswith("its standard error ended with:\n    import error: no such module")


def test_standard_error_that_nobody_reads_does_not_block_the_process() -> None:
    with Oracle(misbehaving("noisy"), LIMITS) as oracle:
        assert oracle.ask(REQUEST).items


def test_a_complaint_is_an_answer() -> None:
    with Oracle(misbehaving("complains"), LIMITS) as oracle:
        assert oracle.ask(REQUEST).complaint == Complaint("type", "shapes do not meet")


def test_an_answer_without_what_was_asked_for_is_another_answer() -> None:
    request = Request("c1", "case", Identity((2,)), (DagAsk(),))
    with (
        pytest.raises(errors.OtherAnswerError, match="asked for 1 graph and 1 items, 1 came"),
        Oracle(misbehaving("well-behaved"), LIMITS) as oracle,
    ):
        oracle.ask(request)


@pytest.mark.parametrize(
    ("mode", "message"),
    [("unknown-profile", "the nearest is tl-2026"), ("wrong-surface", "is written on 'graph'")],
)
def test_claims_that_cannot_be_are_an_error_of_their_own(mode: str, message: str) -> None:
    with Oracle(misbehaving(mode), LIMITS) as oracle, pytest.raises(errors.ClaimError, match=message):
        profile_of(oracle.handshake)


def test_a_named_profile_overrides_an_unknown_claim() -> None:
    with Oracle(misbehaving("unknown-profile"), LIMITS) as oracle:
        assert profile_of(oracle.handshake, "tl-2026-08").name == "tl-2026-08"


def test_a_process_that_ignores_quit_is_ended() -> None:
    before = children()
    started = time.monotonic()
    with Oracle(misbehaving("ignores-quit"), LIMITS) as oracle:
        oracle.ask(REQUEST)
    assert children() == before
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("fails", [False, True])
def test_what_the_process_started_goes_with_it(fails: bool, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    try:
        with Oracle(misbehaving("grandchild", notes), LIMITS) as oracle:
            oracle.ask(REQUEST)
            pids = [int(pid) for pid in notes.read_text().split()]
            assert len(pids) == 2
            if fails:
                raise RuntimeError("on our side")
    except RuntimeError:
        pass
    assert all(map(is_gone, pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_process(number: signal.Signals, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    oracle = " ".join(misbehaving("grandchild-hangs", notes))
    run = subprocess.Popen(
        [sys.executable, "-m", "xcheck", "fuzz", "--oracle", oracle, "--time", "60", "--request-timeout", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    while not notes.exists() or not notes.read_text().endswith("asked"):
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    run.send_signal(number)
    _, said = run.communicate(timeout=20)
    assert (run.returncode, said.strip()) == (2, "xcheck: interrupted")
    assert all(is_gone(int(pid)) for pid in notes.read_text().split()[:2])

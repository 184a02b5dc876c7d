"""Handshakes, requests and answers as text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcheck.fuzz.generate import Sizes, generate
from xcheck.lean_parser.export import ExportReader
from xcheck.oracle.answers import AnswerFrame, parse_answer
from xcheck.oracle.claims import headers_of, profile_of
from xcheck.oracle.errors import ClaimError, GarbageError, NotAnOracleError, OtherAnswerError, RequestError
from xcheck.oracle.messages import ForwardAsk, InitAsk, Refusal, Request
from xcheck.oracle.protocol import canonical, parse_handshake, print_request
from xcheck.oracle.requests import parse_requests, read_requests
from xcheck.reference.graph import Identity
from xcheck.reference.profile import PROFILES, Profile
from xcheck.tensor import Tensor

HANDSHAKE = 'xcheck-oracle 1 lean "4.32.0" torchlean "b2a2184" profile "tl-2026-08" surface "graph" via "spec,eager"'

# The request of PROTOCOL.md, to the letter.
EXAMPLE = """request c17
graph "case" : [[2, 3], [2]] |- [3] -> [2] :=
  (prim "linear(3,2)" : [[2, 3], [2]] |- [3] -> [2] counts layer >>> prim "relu" : [] |- [2] -> [2] layer)
dag
lower from 0
init from 0
det_init from 0
forward from 0 mode eval via spec input f64 [3] 0x3ff000000000000040000000000000004008000000000000
run c17
"""


def test_the_handshake_of_the_protocol_is_read() -> None:
    handshake = parse_handshake(HANDSHAKE + "\n")
    assert handshake.pairs["lean"] == "4.32.0"
    assert handshake.via == ("spec", "eager")
    assert profile_of(handshake).name == "tl-2026-08"
    assert list(headers_of(handshake)) == ["lean", "torchlean", "profile", "exporter"]


def test_pairs_that_nobody_asked_for_are_kept() -> None:
    assert parse_handshake(HANDSHAKE + ' host "a \\"b\\""').pairs["host"] == 'a "b"'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "no handshake"),
        ("xcheck-oracle", "no handshake"),
        (HANDSHAKE + " lean", "cannot be read from column"),
        (HANDSHAKE + ' lean "again"', "gives lean twice"),
        (HANDSHAKE + ' x "\\q"', "no escape"),
    ],
)
def test_another_first_line_is_no_handshake(line: str, message: str) -> None:
    with pytest.raises(NotAnOracleError, match=message):
        parse_handshake(line)


def test_an_unknown_revision_is_no_header_of_the_export() -> None:
    handshake = parse_handshake(HANDSHAKE.replace("b2a2184", "unknown"))
    assert "torchlean" not in headers_of(handshake)
    assert profile_of(handshake).name == "tl-2026-08"


def test_a_revision_that_contradicts_the_profile_is_refused() -> None:
    with pytest.raises(ClaimError, match="b2a2184 is tl-2026-08"):
        profile_of(parse_handshake(HANDSHAKE.replace('profile "tl-2026-08"', 'profile "tl-2026-05"')))


def test_the_example_of_the_protocol_is_read_and_written() -> None:
    (request,) = parse_requests(EXAMPLE.encode(), "example")
    assert [type(ask).__name__ for ask in request.asks] == ["DagAsk", "LowerAsk", "InitAsk", "DetInitAsk", "ForwardAsk"]
    (again,) = parse_requests(print_request(request).encode(), "again")
    assert again == request


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_generated_requests_are_read_as_they_were_written(profile: Profile) -> None:
    made = generate(profile, 160, 3, Sizes()).requests
    text = "\n".join(map(print_request, made))
    assert parse_requests(text.encode(), "made") == made


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EXAMPLE.replace("request c17", "request"), "expected 'request ID'"),
        (EXAMPLE.replace("request c17", "request a b"), "expected 'request ID'"),
        ("hello\n" + EXAMPLE, ":1: expected 'request ID', got 'hello'"),
        (EXAMPLE.replace("run c17\n", ""), "request c17 has no 'run c17'"),
        (EXAMPLE.replace("run c17", "run c18"), "expected 'run c17', got 'run c18'"),
        (EXAMPLE.replace("run c17", "request c18"), "c17 is not finished"),
        (EXAMPLE + EXAMPLE, "the ID c17 stands twice"),
        (EXAMPLE.replace("lower from 0", "lower from zero"), "'lower from zero' is not"),
        (EXAMPLE.replace("dag\n", "dag -- comment\n"), "no comments"),
        (EXAMPLE.replace("[2, 3], [2]] |- [3] -> [2] :=", "[2, 3], [2]] |- [3] -> [4] :="), "is declared as"),
        (EXAMPLE.replace('graph "case"', 'grap "case"'), "does not start with a graph"),
        (EXAMPLE.replace("mode eval", "mode fast"), "request c17"),
        (EXAMPLE.replace('"relu"', '"relu'), "not closed on its line"),
    ],
)
def test_each_mistake_in_a_file_of_requests_has_its_message(text: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_requests(text.encode(), "file")
    assert message in str(caught.value)


def test_a_missing_file_is_one_message(tmp_path) -> None:
    with pytest.raises(RequestError, match="cannot be opened: No such file"):
        read_requests(tmp_path / "none")


def test_bytes_that_are_no_text_are_one_message() -> None:
    with pytest.raises(RequestError, match="byte 1 is not UTF-8"):
        parse_requests(b"a\xff", "file")


def test_words_of_asks_inside_strings_and_brackets_start_nothing() -> None:
    text = EXAMPLE.replace('"case"', '"dag lower from 0"').replace('prim "relu" :', 'prim "my" {forward := 1} :')
    (request,) = parse_requests(text.encode(), "file")
    assert request.name == "dag lower from 0"
    assert len(request.asks) == 5


def test_every_nan_is_asked_for_as_lean_writes_it() -> None:
    odd = Tensor((2,), np.array([0x7FF0000000000001, 0xFFF8000000000000], np.uint64))
    assert canonical(odd).bits.tolist() == [0x7FF8000000000000] * 2
    assert "0x7ff80000000000007ff8000000000000" in print_request(
        Request("r", "n", Identity((2,)), (ForwardAsk(0, (), odd),))
    )


ANSWER = b'answer c1\ngraph "case" : [] |- [2] -> [2] :=\n  id [2]\nrefused init "because\\ndone c1 1"\ndone c1 2\n'
ASKED = Request("c1", "case", Identity((2,)), (InitAsk(0),))
READER = ExportReader()


@given(st.lists(st.integers(0, len(ANSWER) + 5), max_size=8))
def test_an_answer_ends_at_the_same_place_however_it_comes_in(cuts: list[int]) -> None:
    stream = ANSWER + b"rest\n"
    frame, buffer = AnswerFrame("c1"), bytearray()
    ends: list[int | None] = []
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(stream)], strict=True):
        buffer += stream[start:stop]
        if buffer:
            ends.append(frame.end(buffer))
    found = [end for end in ends if end is not None]
    assert found
    assert set(found) == {len(ANSWER)}


def test_a_refusal_is_told_with_its_ask_and_reason() -> None:
    answer = parse_answer(ASKED, ANSWER, ExportReader())
    assert answer.refused == (Refusal(InitAsk(0), "because\ndone c1 1"),)
    assert len(answer.items) == 1


def test_refusals_may_stand_between_items() -> None:
    request = Request("c1", "case", Identity((2,)), (InitAsk(0), InitAsk(1), InitAsk(2)))
    text = 'answer c1\ngraph "case" : [] |- [2] -> [2] :=\n  id [2]\ninit "case" from 0 := []\n'
    text += 'refused init "no"\ninit "case" from 2 := []\ndone c1 4\n'
    answer = parse_answer(request, text.encode(), ExportReader())
    assert answer.refused == (Refusal(InitAsk(1), "no"),)
    with pytest.raises(OtherAnswerError, match="is not what was asked"):
        parse_answer(request, text.replace("from 2", "from 3").encode(), ExportReader())


def test_the_wrong_kind_of_refusal_is_another_answer() -> None:
    with pytest.raises(OtherAnswerError, match="asked for init, lower was refused"):
        parse_answer(ASKED, ANSWER.replace(b"refused init", b"refused lower"), ExportReader())


def test_a_forward_on_another_input_is_another_answer() -> None:
    one = Tensor.of(np.array([1.0, 2.0]))
    request = Request("c1", "case", Identity((2,)), (ForwardAsk(0, (), one),))
    text = (
        'answer c1\ngraph "case" : [] |- [2] -> [2] :=\n  id [2]\n'
        'forward "case" from 0 mode eval via spec params [] input f64 [2] 0x3ff00000000000004000000000000000\n'
        "  trace [] output f64 [2] 0x3ff00000000000004000000000000000\ndone c1 2\n"
    )
    assert len(parse_answer(request, text.encode(), ExportReader()).items) == 2
    for old, new in [("input f64 [2] 0x3ff", "input f64 [2] 0x3fe"), ("params [] ", ""), ("via spec", "via eager")]:
        with pytest.raises(OtherAnswerError):
            parse_answer(request, text.replace(old, new).encode(), ExportReader())


@given(st.integers(0, len(ANSWER) - 1), st.binary(min_size=1, max_size=3))
def test_damage_to_an_answer_is_an_error_of_ours_or_an_answer(place: int, damage: bytes) -> None:
    data = ANSWER[:place] + damage + ANSWER[place + len(damage) :]
    try:
        end = AnswerFrame("c1").end(bytearray(data))
        if end is not None:
            parse_answer(ASKED, data[:end], READER)
    except (GarbageError, OtherAnswerError):
        pass

"""Random edits of our model files: never a traceback, never a hang; what still reads is a model or a named error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lean_parser.support import AUGUST, C2, MAY, SOURCES
from xcheck.lean_parser.elaborate.denote import Elaboration
from xcheck.lean_parser.elaborate.world import load
from xcheck.lean_parser.lean import parse_definition, parse_source
from xcheck.lean_parser.lean_errors import LeanSourceError
from xcheck.lean_parser.lean_tokens import tokenize
from xcheck.lean_parser.source import SourceText

CALLS = {
    "Aliases.lean": (MAY, ["perceptron 2 3 1", "perceptronModel 2 3 1", "pictures 1 2 8 3"]),
    "Dim.lean": (AUGUST, ["perceptron 2 3 1", "tower 2 3", "picture 6", "residual 2", "describe 4", "pooled 9 2"]),
    "Chains.lean": (C2, ["perceptron 2 3 1", "pictures 2", "pooled", "residual 2"]),
    "Layers.lean": (AUGUST, ["autoencoder 4 2", "attention 1 2 4 2", "convolutional 3"]),
    "Records.lean": (AUGUST, ["smallNetwork", "wideNetwork", "totals", "network { inDim := 2 }"]),
    "Residual.lean": (MAY, ["model 2 3 2"]),
}


@st.composite
def edited(draw, text):
    """The text with one to three of its tokens deleted, doubled or swapped, or some characters cut or doubled."""
    for _ in range(draw(st.integers(1, 3))):
        try:
            tokens = tokenize(SourceText("x", text))
        except LeanSourceError:
            break
        if len(tokens) < 3:
            break
        first = tokens[draw(st.integers(0, len(tokens) - 1))]
        second = tokens[draw(st.integers(0, len(tokens) - 1))]
        a, b = sorted((first, second), key=lambda t: t.start_pos)
        kind = draw(st.sampled_from(["delete", "double", "swap", "cut", "line"]))
        if kind == "delete":
            text = text[: a.start_pos] + text[a.end_pos :]
        elif kind == "double":
            text = text[: a.end_pos] + " " + text[a.start_pos :]
        elif kind == "swap" and a is not b:
            text = text[: a.start_pos] + b.value + text[a.end_pos : b.start_pos] + a.value + text[b.end_pos :]
        elif kind == "cut":
            at = draw(st.integers(0, len(text)))
            text = text[:at] + text[at + draw(st.integers(1, 5)) :]
        else:
            text = text[: a.start_pos] + "\n" + text[a.start_pos :]
    return text


def refusal(action):
    """The error an action ends with, if it is one of ours; any other kind passes through and fails the test."""
    try:
        action()
    except LeanSourceError as error:
        return error
    return None


@pytest.mark.parametrize("name", sorted(CALLS))
@given(data=st.data())
def test_random_edits(name, data):
    profile, calls = CALLS[name]
    text = data.draw(edited((SOURCES / name).read_text(encoding="utf-8")))
    try:
        file = parse_source(text, name)
        for command in file.definitions:
            problem = refusal(lambda command=command: parse_definition(file.source, command))
            if problem is not None:
                assert str(problem).startswith(f"{name}:{problem.line}:{problem.column}: ")
        elaboration = Elaboration(file, load(file, [SOURCES]), profile, max_steps=60_000)
    except LeanSourceError:
        return
    for call in calls:
        problem = refusal(lambda call=call: elaboration.value_of_call(call))
        assert problem is None or problem.message


@given(text=st.text(alphabet="def x:=()[]{}⟨⟩,;|=>λfun let by match with if then else\n >>>·.123_\"'/-", max_size=120))
def test_any_text_gives_commands_or_an_error(text):
    try:
        file = parse_source(text, "any")
        for command in file.definitions:
            parse_definition(file.source, command)
    except LeanSourceError:
        pass

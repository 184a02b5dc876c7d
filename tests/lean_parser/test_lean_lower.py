"""The `lower` verb: text, bits, predictions, and one message for whatever is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from tests.lean_parser.support import SOURCES
from xcheck.cli.lower import command

DIM = str(SOURCES / "Dim.lean")
ALIASES = str(SOURCES / "Aliases.lean")


def lower(*arguments):
    return CliRunner().invoke(command, list(arguments))


def test_layers_seeds_shapes_and_statistics():
    result = lower(ALIASES, "--call", "perceptron 2 3 1", "--profile", "tl-2026-06")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "profile tl-2026-06"
    assert lines[1] == "graph [[3, 2], [3], [1, 3], [1]] |- [2] -> [1]"
    assert "  [0] Linear(2, 3): [2] -> [3] params [[3, 2], [3]] seeds 0 1" in lines
    assert any("xavierUniform(2, 3) seed 0" in line for line in lines)


def test_bits_are_those_of_the_reference():
    result = lower(DIM, "--call", "perceptron 2 3 1", "--values", "bits")
    assert "0xbfdbe11a25a5dece" in result.output  # W[0, 0] of linear(2,3) at seed 0
    assert "the newest with this surface" in result.output


def test_the_first_occurrence_index_can_be_given():
    result = lower("--expr", "Graph.linear 2 3", "--from", "5", "--values", "none")
    assert "seeds 10 11" in result.output
    assert "next occurrence index 6" in result.output


def test_expressions_work_without_a_file():
    result = lower("--expr", "Chain.linear 4 8 >>> Chain.relu [8]", "--profile", "tl-2026-09-c2")
    assert result.exit_code == 0
    assert "Linear(4, 8)" in result.output


def test_stacks_and_dag_models():
    stack = lower(str(SOURCES / "Layers.lean"), "--call", "autoencoder 4 2", "--values", "none")
    assert "Seq [4] -> [4]" in stack.output
    dag = lower(DIM, "--call", "residual 3", "--values", "none")
    assert 'body: let1 ( "linear(3,3)" [ v0 , v1 , v2 ] )' in dag.output


def test_a_prediction_is_marked_and_no_export(tmp_path):
    out = tmp_path / "net.tlx"
    result = lower(DIM, "--call", "perceptron 2 3 1", "--tlx", str(out))
    assert result.exit_code == 0, result.output
    text = out.read_text(encoding="utf-8")
    assert text.startswith('torchlean_prediction v1\npredicted_by "xcheck"\n')
    assert text.endswith("end 5\n")
    from xcheck.lean_parser.errors import ParseError
    from xcheck.lean_parser.export import parse_export

    with pytest.raises(ParseError):
        parse_export(text.encode(), str(out))
    # Only its first line keeps it from being read: the items themselves are in the format.
    header = 'torchlean_export v1\nprofile "tl-2026-08"\n'
    export = parse_export((header + text.split("\n", 3)[3]).encode(), "as if")
    assert [type(item).__name__ for item in export.items] == [
        *("GraphItem", "DagItem", "LowerItem", "InitItem", "DetInitItem"),
    ]


def test_definitions_can_be_listed():
    result = lower(DIM, "--list")
    assert "def tower" in result.output
    assert "theorem" in lower(ALIASES, "--list").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--call or --expr"),
        (("--call", "x"), "FILE.lean"),
        (("--list",), "FILE.lean"),
        ((DIM, "--call", "perceptron 2 3"), "still needs arguments (of: outDim)"),
        ((DIM, "--call", "nothing 2"), "defines no 'nothing'"),
        ((DIM, "--call", "perceptron 2 3 1", "--profile", "tl-1999"), "unknown profile"),
        (("none.lean", "--call", "x"), "cannot be opened"),
        (("--expr", "Graph.linear 2 3 >>> Graph.linear 4 5"), "takes [4]"),
        (("--expr", "Graph.linear 99999 99999999"), "parameter values"),
        ((DIM, "--call", "run []"), "`do` block"),
        ((DIM, "--call", "perceptron 2 3 1", "--tlx", "/nowhere/at/all"), "/nowhere/at/all"),
    ],
)
def test_whatever_is_wrong_is_one_message(arguments, message):
    result = lower(*arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert "Traceback" not in result.output
    assert not isinstance(result.exception, np.exceptions.AxisError | KeyError | AttributeError)

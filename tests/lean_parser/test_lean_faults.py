"""Planted faults: each gives its own error, at its place, and never a graph."""

from __future__ import annotations

import pytest

from tests.lean_parser.support import AUGUST, C2, MAY, SOURCES, expression, model
from xcheck.lean_parser.elaborate import denote
from xcheck.lean_parser.lean_errors import (
    CannotInferError,
    FalseProofError,
    LeanArgumentError,
    LeanFileError,
    LeanLimitError,
    LeanSourceError,
    LeanSyntaxError,
    LeanTypeError,
    LeanUnclosedError,
    UnknownNameError,
    UnsupportedLeanError,
)

HEADER = "namespace Own\nopen Spec NN.GraphSpec\n\n"


def refused(tmp_path, kind, text, call, profile=AUGUST):
    path = tmp_path / "Own.lean"
    path.write_text(HEADER + text, encoding="utf-8")
    with pytest.raises(LeanSourceError) as caught:
        denote(str(path), profile, call=call)
    assert type(caught.value) is kind, caught.value
    return caught.value


def test_a_declared_type_that_the_body_has_not_shows_both(tmp_path):
    text = (
        "def net : Graph [.dim 3 (.dim 2 .scalar), .dim 4 .scalar] (.dim 2 .scalar) (.dim 3 .scalar) :=\n"
        "  Graph.linear 2 3\n"
    )
    error = refused(tmp_path, LeanTypeError, text, "net")
    assert "Graph [[3, 2], [4]] [2] [3]" in error.message
    assert "Graph [[3, 2], [3]] [2] [3]" in error.message
    assert (error.line, error.column) == (4, 11)
    assert error.context.startswith("def net : Graph")


def test_a_parameter_list_in_another_order_is_an_error(tmp_path):
    text = (
        "def net : Graph [.dim 3 .scalar, .dim 3 (.dim 2 .scalar)] (.dim 2 .scalar) (.dim 3 .scalar) :=\n"
        "  Graph.linear 2 3"
    )
    refused(tmp_path, LeanTypeError, text, "net")


def test_stages_that_do_not_fit_show_both_shapes(tmp_path):
    error = refused(tmp_path, LeanTypeError, "def net :=\n  Graph.linear 2 3 >>>\n    Graph.linear 4 5\n", "net")
    assert "takes [4]" in error.message
    assert "gives [3]" in error.message
    assert (error.line, error.column) == (6, 5)
    shown = str(error).splitlines()
    assert shown[0].startswith(str(tmp_path / "Own.lean") + ":6:5: ")
    assert shown[2].index("^") == shown[1].index("Graph.linear 4")


@pytest.mark.parametrize("zero", ["0 2 3 3 1 1 8 8", "1 2 0 3 1 1 8 8", "1 2 3 0 1 1 8 8", "1 2 3 3 0 1 8 8"])
def test_a_false_proof_is_refused(zero):
    with pytest.raises(FalseProofError, match="≠ 0"):
        expression(
            f"Graph.conv2d {zero} (h_inC := by decide) (h_kH := by decide) (h_kW := by decide) (hStride := by decide)"
        )


def test_false_proofs_of_other_forms(tmp_path):
    text = "def net (n : Nat) (h : n % 2 = 0) := Graph.linear n (n / 2)\n"
    assert "n % 2 = 0" in refused(tmp_path, FalseProofError, text, "net 3").message
    text = "def net (n : Nat) :=\n  have h : n > 3 := by simp\n  Graph.linear n 1\n"
    assert refused(tmp_path, FalseProofError, text, "net 3").line == 5
    with pytest.raises(FalseProofError):
        expression("Chain.maxPool 1 [2, 0] [1, 1] [0, 0] [4, 4]", C2)
    with pytest.raises(FalseProofError):
        expression("Chain.softmax [3] 1", C2)
    with pytest.raises(LeanTypeError, match="positive"):
        expression("Chain.batchNorm 3 [4, 0] (by decide)", C2)


def test_in_a_file_a_proof_must_be_given(tmp_path):
    text = "def net := Graph.conv2d 1 2 3 3 1 1 8 8\n"
    path = tmp_path / "Own.lean"
    path.write_text(HEADER + text, encoding="utf-8")
    with pytest.raises(LeanArgumentError, match=r"needs the proof `h_inC : inC ≠ 0`"):
        denote(str(path), AUGUST, call="net")
    # On the command line they are worked out as `by decide` would.
    assert expression("Graph.conv2d 1 2 3 3 1 1 8 8") is not None


@pytest.mark.parametrize(
    ("kind", "term"),
    [
        (UnknownNameError, "Graph.lineer 2 3"),
        (UnknownNameError, "nothing"),
        (UnknownNameError, "Graph.globalAvgPool2dChw 2 3 3 (by decide) (by decide) (by decide)"),
        (UnknownNameError, "Graph.relu (Shape.Vec 3)"),
        (UnknownNameError, "Chain.linear 2 3"),
        (LeanArgumentError, "Graph.linear 2"),
        (LeanArgumentError, "Graph.linear 2 (outDims := 3)"),
        (LeanArgumentError, "Graph.linear (inDim := 2) (inDim := 2) 3"),
        (LeanArgumentError, "Graph.linear 2 3 4"),
        (UnknownNameError, "Graph.linear 2 (.dim 3 .scalar)"),
        (LeanTypeError, "Graph.relu 3"),
        (LeanTypeError, "Graph.relu [3]"),
        (LeanTypeError, "Graph.linear 2 3 >>> 4"),
        (LeanTypeError, "NN.linear 2 3 >>> NN.linear 3 4"),
        (LeanTypeError, "Graph.linear 2 3 >>> NN.singleLayer (NN.linear 3 4)"),
        (LeanTypeError, "3 + 4"),
        (LeanTypeError, "tlseq[NN.linear 2 3, Graph.linear 3 4]"),
        (LeanTypeError, "-3"),
        (CannotInferError, "NN.relu"),
        (CannotInferError, "Graph.relu _"),
        (CannotInferError, "let s := .nope 3; Graph.relu s"),
        (UnsupportedLeanError, "(· + 1)"),
        (UnsupportedLeanError, "@Graph.linear 2 3"),
        (UnsupportedLeanError, "do return 3"),
        (UnsupportedLeanError, "let rec f := 3; f"),
        (LeanSyntaxError, "Graph.linear 2 3 >>>"),
        (LeanSyntaxError, "Graph.linear (2 3"),
        (LeanSyntaxError, "tlseq[]"),
        (LeanSyntaxError, "tlseq[NN.linear 2 3,]"),
        (LeanSyntaxError, "shape![1,]"),
        (LeanSyntaxError, ""),
        (LeanUnclosedError, "Graph.linear 2 3 /- /- -/"),
        (LeanUnclosedError, '"never closed'),
        (LeanLimitError, "Graph.linear 2 " + "9" * 2000),
        (LeanTypeError, "Graph.linear 2 (9 ^ 9 ^ 9)"),
        (LeanTypeError, "List.replicate 99999999999 3"),
    ],
)
def test_terms_that_denote_nothing(kind, term):
    with pytest.raises(LeanSourceError) as caught:
        expression(term)
    assert type(caught.value) is kind, caught.value
    assert caught.value.file == "<expr>"
    assert "^" in str(caught.value) or not term


def test_the_last_era_has_no_aliases_and_the_first_no_stride_proof():
    with pytest.raises(LeanArgumentError, match="hStride"):
        expression("Graph.conv2d 1 2 3 3 1 1 8 8 (hStride := by decide)", MAY)
    expression("Graph.conv2d 1 2 3 3 0 1 8 8", MAY)


def test_an_endless_recursion_ends_with_an_error(tmp_path):
    error = refused(tmp_path, LeanLimitError, "def loop (n : Nat) : Nat := loop (n + 1)\n", "loop 0")
    assert "recursion" in error.message or "steps" in error.message


def test_a_definition_by_where_or_with_an_unknown_tactic_is_named(tmp_path):
    assert "where" in refused(tmp_path, UnsupportedLeanError, "def s : Nat where\n  a := 1\n", "s").message
    text = "def s : Graph [] (.dim 2 .scalar) (.dim 2 .scalar) := by\n  cases h\n  exact x\n"
    assert "cases" in refused(tmp_path, UnsupportedLeanError, text, "s").message


def test_one_unreadable_definition_does_not_hide_its_neighbours(tmp_path):
    path = tmp_path / "Own.lean"
    path.write_text(HEADER + "def broken := (\n\ndef net := Graph.linear 2 3\n", encoding="utf-8")
    assert denote(str(path), AUGUST, call="net") is not None
    with pytest.raises(LeanSyntaxError):
        denote(str(path), AUGUST, call="broken")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(LeanFileError, match="cannot be opened"):
        denote(str(tmp_path / "none.lean"), AUGUST, call="x")
    bad = tmp_path / "bad.lean"
    bad.write_bytes(b"def x := \xff\xfe")
    with pytest.raises(LeanFileError, match="UTF-8"):
        denote(str(bad), AUGUST, call="x")


def test_an_import_that_is_not_there_is_named_with_the_unknown_identifier():
    with pytest.raises(UnknownNameError, match=r"Own\.Shared"):
        denote(str(SOURCES / "Dim.lean"), AUGUST, call="tower 2 2")


def test_a_short_name_must_be_unique(tmp_path):
    path = tmp_path / "Two.lean"
    path.write_text("namespace A\ndef n := 1\nend A\nnamespace B\ndef n := 2\nend B\n", encoding="utf-8")
    with pytest.raises(LeanArgumentError, match=r"A\.n, B\.n"):
        denote(str(path), AUGUST, call="n")


def test_a_name_defined_twice_is_refused(tmp_path):
    error = refused(tmp_path, LeanArgumentError, "def n := Graph.linear 2 3\ndef n := Graph.linear 3 4\n", "n")
    assert "twice" in error.message


def test_theorems_are_skipped_and_not_callable():
    with pytest.raises(UnknownNameError):
        model("Aliases.lean", "perceptron_has_four_parameters", MAY)
    with pytest.raises(UnknownNameError):
        model("Aliases.lean", "notThere", MAY)


def test_exactly_one_of_call_and_expression():
    with pytest.raises(ValueError, match="either"):
        denote(None, AUGUST)

"""Tokens, layout and the tree: what is white-space sensitive in Lean, and what is not."""

from __future__ import annotations

import pytest

from tests.lean_parser.support import AUGUST, SOURCES
from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import elaborate_file
from xcheck.lean_parser.lean import parse_definition, parse_source, parse_term, read_source
from xcheck.lean_parser.lean_errors import LeanSourceError, LeanSyntaxError, LeanUnclosedError
from xcheck.lean_parser.lean_layout import lay_out
from xcheck.lean_parser.lean_tokens import tokenize
from xcheck.lean_parser.source import SourceText


def kinds(text):
    return [t.type for t in lay_out(tokenize(SourceText("x", text)))]


def evaluated(text):
    return elaborate_file(None, AUGUST).value_of_expression(text)


def defined(text, name, *arguments):
    file = parse_source(text, "x.lean")
    from xcheck.lean_parser.elaborate.denote import Elaboration
    from xcheck.lean_parser.elaborate.world import load

    return Elaboration(file, load(file, []), AUGUST).value_of_call(" ".join([name, *map(str, arguments)]))


def test_names_with_fields_greek_primes_and_marks_are_one_token():
    tokens = tokenize(SourceText("x", "Γ'.length ps₁ toLayerM? NN.GraphSpec.Graph.linear «odd name».x"))
    assert [t.value for t in tokens] == ["Γ'.length", "ps₁", "toLayerM?", "NN.GraphSpec.Graph.linear", "«odd name».x"]
    assert {t.type for t in tokens} == {"NAME"}


def test_a_field_follows_without_a_space_and_a_shorthand_after_one():
    assert [t.type for t in tokenize(SourceText("x", "(a).size .scalar f .nil"))] == [
        *("LPAR", "NAME", "RPAR", "FIELD", "DOT", "NAME", "DOT"),
    ]


def test_comments_nest_and_do_not_hide_the_start_of_a_line():
    tokens = tokenize(SourceText("x", "a /- one /- two -/ three -/ b -- c\n  /- d -/ e\n/- f\n -/ g"))
    assert [(t.value, t.first, t.column) for t in tokens] == [
        ("a", True, 0),
        ("b", False, 28),
        ("e", True, 10),
        ("g", True, 4),
    ]


def test_an_interpolated_string_may_hold_strings():
    (token,) = tokenize(SourceText("x", 's!"a{f "}"}b\\"c"'))
    assert token.type == "ISTRING"
    assert token.value == 's!"a{f "}"}b\\"c"'


@pytest.mark.parametrize("text", ["/- open", "a /- /- -/", '"open', 's!"a{"', 's!"a{b'])
def test_unclosed_comments_and_strings_are_named(text):
    with pytest.raises(LeanUnclosedError):
        tokenize(SourceText("x", text))


def test_a_let_ends_at_a_line_that_cannot_continue_it():
    assert evaluated("let a := Nat.succ\n    3\nlet b := 4\na + b") == 8
    assert evaluated("let a := 3\n  + 4\na") == 7
    assert evaluated("let a := 3; let b := a * a; b") == 9
    assert evaluated("let f (x : Nat) : Nat :=\n  x + 1\nf 2") == 3
    with pytest.raises(LeanSourceError):
        evaluated("let a := Nat.succ\n3\na")


def test_an_operator_at_the_start_of_a_line_goes_on_whatever_its_column():
    text = "def net :=\n  NN.GraphSpec.Graph.linear 2 3\n>>>\n NN.GraphSpec.Graph.linear 3 4\n"
    assert defined(text, "net").signature.output == (4,)


def test_nested_matches_are_told_apart_by_column():
    text = (
        "def f (a b : Nat) : Nat :=\n"
        "  match a with\n"
        "  | 0 =>\n"
        "    match b with\n"
        "    | 0 => 1\n"
        "    | _ => 2\n"
        "  | _ => 3\n"
    )
    assert [defined(text, "f", a, b) for a, b in ((0, 0), (0, 5), (5, 0))] == [1, 2, 3]
    inline = "match 0 with | 0 => match 1 with | 0 => 4 | _ => 5 | _ => 6"
    assert evaluated(f"({inline}, 1)").items == (5, 1)


def test_a_match_ends_with_what_is_around_it():
    assert evaluated("let a := match 0 with\n  | 0 => 1\n  | _ => 2\na + 1") == 2
    assert evaluated("if (match 1 with | 0 => 1 | _ => 2) > 1 then match 0 with | 0 => 7 | _ => 8 else 9") == 7
    assert evaluated("[match 0 with | 0 => 1 | _ => 2, 5].length") == 2


def test_proofs_are_one_token_however_long():
    text = (
        "def f (h : 1 > 0) : Nat :=\n"
        "  have a : 2 > 1 := by\n"
        "    cases h with\n"
        "    | zero => exact ⟨by simp, rfl⟩\n"
        "    | succ n =>\n"
        "      calc 1 = 1 := rfl\n"
        "        _ = 1 := by ring\n"
        "  have b : 1 = 1 := by rfl\n"
        "  5\n"
    )
    assert defined(text, "f") == 5
    assert kinds("f (by simp [a, b]) ⟨by rfl, x⟩").count("BY_BLOCK") == 2


def test_fields_are_separated_by_lines_or_commas():
    both = "{ a := 1\n  b := f\n    2\n  c := 3 }", "{ a := 1, b := f 2, c := 3 }"
    for text in both:
        tree = parse_term(SourceText("x", text))
        assert isinstance(tree, syntax.Structure)
        assert [f.name for f in tree.fields] == ["a", "b", "c"]
    assert isinstance(parse_term(SourceText("x", "fun {α} x => x")), syntax.Lambda)


def test_precedence_of_operators():
    tree = parse_term(SourceText("x", "f a >>> g b >>> h c + 1 <| x"))
    assert isinstance(tree, syntax.Binary)
    assert tree.operator == "<|"
    assert isinstance(tree.left, syntax.Binary)
    assert tree.left.operator == "+"
    chain = tree.left.left
    assert isinstance(chain, syntax.Binary)
    assert chain.operator == ">>>"
    assert isinstance(chain.right, syntax.Binary)
    assert chain.right.operator == ">>>"


def test_commands_of_a_file_with_their_extent():
    file = read_source(str(SOURCES / "Aliases.lean"))
    text = file.source.text
    assert [c.name for c in file.definitions] == ["afterWindow", "perceptron", "perceptronModel", "pictures"]
    proofs = [c for c in file.commands if c.is_proof]
    assert [c.keyword for c in proofs] == ["theorem", "example"]
    assert text[proofs[0].start : proofs[0].end].endswith("trivial")
    for command in file.definitions:
        assert parse_definition(file.source, command).name == command.name


def test_attributes_and_modifiers_belong_to_their_command():
    file = parse_source(
        '@[simp, reducible] private noncomputable def a := 1\n@[simp]\ndef b := 2\nset_option x "y" in\ndef c := 3\n'
    )
    assert [c.name for c in file.definitions] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("def f := (1 + \n  2\n\ndef g := 3", 2, 4), ("def f (a : Nat := 1", 1, 20), ("def f := 1 2)\n", 1, 13)],
)
def test_syntax_errors_have_their_place(text, line, column):
    file = parse_source(text, "x.lean")
    with pytest.raises(LeanSyntaxError) as caught:
        parse_definition(file.source, file.definitions[0])
    assert (caught.value.line, caught.value.column) == (line, column)


def test_variables_sections_and_opens_are_scoped():
    text = (
        "namespace Outer\nsection\nvariable (width : Nat) {other : Nat}\n"
        "def twice := width + width\ndef plain := 3\nend\n"
        "def alone (n : Nat) := Inner.deep n\n"
        "namespace Inner\ndef deep (n : Nat) := n + plain\nend Inner\nend Outer\n"
        "open Outer in\ndef after := plain\nexport Outer (plain)\ndef exported := plain\n"
    )
    assert defined(text, "Outer.twice", 4) == 8
    assert defined(text, "Outer.plain") == 3
    assert defined(text, "Outer.alone", 4) == 7
    assert defined(text, "after") == 3
    assert defined(text, "exported") == 3


def test_the_innermost_namespace_wins():
    text = "namespace A\ndef n := 1\nnamespace B\ndef n := 2\ndef here := n\ndef root := _root_.A.n\nend B\nend A\n"
    assert defined(text, "A.B.here") == 2
    assert defined(text, "A.B.root") == 1

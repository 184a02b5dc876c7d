from __future__ import annotations

import pytest
from hypothesis import given

from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.printer import export_lines, print_export
from xcheck.strategies import exports

NAMES = ["tl-2026-05", "tl-2026-06", "tl-2026-07-13", "tl-2026-07-15", "tl-2026-08", "tl-2026-09-c1", "tl-2026-09-c2"]


@given(exports())
def test_printing_then_parsing_gives_the_same_records(export):
    text = print_export(export)
    again = parse_export(text.encode(), "again")
    assert again.items == export.items
    assert list(again.headers.items()) == list(export.headers.items())
    # Equality takes 1 for true and a float's bits for a number; the text tells them apart.
    assert print_export(again) == text
    assert "".join(export_lines(export.headers, export.items)) == text


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_file_prints_back_token_for_token(golden, golden_export, name):
    original = (golden / f"{name}.tlx").read_text("utf-8")
    printed = print_export(golden_export(name))
    assert "".join(printed.split()) == "".join(original.split())
    assert parse_export(printed.encode(), "again") == golden_export(name)


def test_white_space_and_line_ends_are_free(golden, golden_export):
    text = (golden / "tl-2026-05.tlx").read_text("utf-8")
    head = text[: text.index('graph "mlp/left-nested"')] + "end 7\n"
    plain = parse_export(head.encode(), "plain")
    assert plain.items == golden_export("tl-2026-05").items[:7]
    for changed in (
        head.replace("\n", "\r\n"),
        head.replace("\n", " "),
        head.replace("\n", "\n\n\t "),
        "\ufeff" + head,
    ):
        assert parse_export(changed.encode(), "changed") == plain


def test_places_are_kept(golden):
    export = read_export(golden / "tl-2026-05.tlx")
    graph, dag, *_ = export.items
    assert (graph.at.line, graph.at.column) == (8, 7)
    assert (dag.at.line, dag.at.column) == (10, 5)


def test_cases_group_what_refers_to_them(golden_export):
    export = golden_export("tl-2026-05")
    cases = export.cases()
    assert tuple(cases) == export.case_names()
    assert sum(map(len, cases.values())) == len(export.items)
    assert all(item.name == name for name, items in cases.items() for item in items)

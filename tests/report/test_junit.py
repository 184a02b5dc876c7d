from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from tests.report.runs import ASKED, BROKEN, EVERYTHING, GOOD, OWN, UNTOLD, WRONG, file_of, run_of
from xcheck.compare.result import CaseResult
from xcheck.report.formats import render


def parsed(run, code=1):
    document = JUnitXml.fromstring(render("junit", run, ASKED, code))
    return {test.name: test for suite in document for test in suite}, document


def test_one_suite_for_each_file_and_one_test_for_each_case():
    tests, document = parsed(EVERYTHING)
    assert [suite.name for suite in document] == ["a.tlx", "b.tlx", "c.tlx", "xcheck"]
    assert list(tests) == ["good", "wrong", "own", "broken", "the file", "known differences"]
    assert (document.tests, document.failures, document.errors, document.skipped) == (6, 2, 2, 1)
    results = {name: [type(result).__name__ for result in test.result] for name, test in tests.items()}
    assert results == {
        "good": [],
        "wrong": ["Failure"],
        "own": ["Skipped"],
        "broken": ["Error"],
        "the file": ["Error"],
        "known differences": ["Failure"],
    }
    properties = {found.name: found.value for suite in document for found in suite.properties()}
    assert properties == {"profile": "tl-2026-08", "not run": "3 cases: stopped after 3 cases"}


def test_a_failure_says_the_cause_first_then_the_place_then_the_command():
    tests, _ = parsed(EVERYTHING)
    (failure,) = tests["wrong"].result
    assert failure.message == "exactly one bit was changed (one-bit)"
    assert failure.type == "trace entry"
    says, extent, look, _, place, why, _, wrong, _, _, element, command = failure.text.splitlines()
    assert says == "exactly one bit was changed (one-bit)"
    assert (extent.strip(), look.strip()) == (
        "accounts for the one finding: forward",
        "look at: the line that writes it",
    )
    assert wrong.startswith("> 1  relu  ")
    assert place == (
        "forward #1, line 7: trace entry at layer 1 relu, trace 1, shape [2]: 1 of 2 elements differ, by at most 1 ulp"
    )
    assert why == "why: this layer is wrong"
    assert element.split()[:2] == ["[0]", "0x3fd40cba2fa6688b"]
    assert command == "reproduce: xcheck check a.tlx --call 'm 1' --profile tl-2026-08"


def test_reasons():
    tests, _ = parsed(EVERYTHING)
    assert tests["own"].result[0].message == "a user's own primitive"
    assert tests["broken"].result[0].message == "out of memory"
    assert tests["the file"].result[0].message == "b.tlx:3:1: the file stops"


def test_what_failed_in_part_is_a_failure_that_names_the_rest():
    both = CaseResult("both", (*WRONG.items, UNTOLD))
    (failure,) = parsed(run_of(file_of(both)))[0]["both"].result
    assert type(failure).__name__ == "Failure"
    assert "not comparable: a user's own primitive" in failure.text
    assert failure.message == "this layer is wrong"  # without a diagnosis


def test_a_run_that_could_not_compare():
    tests, _ = parsed(run_of(file_of(GOOD), error="no case was selected"))
    assert tests["the run"].result[0].message == "no case was selected"


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x0b", "\x7f", "\x85", "\ud800", "\ufffe", "\uffff", ']]>&<"'])
def test_no_character_breaks_the_document(character):
    name = f"a{character}b"
    item = replace(UNTOLD, reason=name)
    run = run_of(
        file_of(replace(WRONG, name=name), CaseResult("c", (item,)), source=name, not_run=1, not_run_reason=name),
        file_of(source=name, error=name),
        error=name,
        outdated=(name,),
    )
    root = ElementTree.fromstring(render("junit", run, ASKED, 2))
    assert root[0].attrib["name"].startswith("a")
    assert root[0].attrib["name"].endswith("b")


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_name_at_all(name):
    ElementTree.fromstring(render("junit", run_of(file_of(replace(OWN, name=name), BROKEN)), ASKED, 2))

"""`check -o`, and `report`: a check runs once and is reported in several formats."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.cli.conftest import MLP
from tests.cli.runner import xcheck
from tests.cli.test_check import on_a_terminal
from xcheck.report import formats
from xcheck.report.formats import FORMATS

FILES = ("wrong.tlx", "own.tlx", "cut.tlx")
RENDERED = [form for form in FORMATS if form != "html"]


@pytest.fixture(scope="module")
def saved(samples, tmp_path_factory) -> Path:
    """A folder with the samples and a saved report of three of them."""
    folder = tmp_path_factory.mktemp("saved") / "here"
    shutil.copytree(samples, folder)
    assert xcheck("check", *FILES, "--format", "jsonl", "-o", "run.jsonl", cwd=folder).code == 2
    return folder


@pytest.mark.parametrize("form", RENDERED)
def test_a_saved_report_renders_as_the_check_would_have(saved, form, tmp_path):
    ran = xcheck("check", *FILES, "--format", form, cwd=saved)
    again = xcheck("report", "run.jsonl", "--format", form, cwd=saved)
    assert (ran.code, ran.err) == (2, "")
    assert again == ran
    there = tmp_path / "out"
    short = xcheck("report", "run.jsonl", "--format", form, "-o", there, cwd=saved)
    assert there.read_bytes().decode() == ran.out
    assert short.code == 2
    *lines, blank, last = short.out.splitlines()
    assert [line.split("  ")[0] for line in lines] == [*FILES]
    assert (blank, last.split(":")[0]) == ("", "3 files, 5 cases, 30 items")


@pytest.mark.parametrize(("file", "code"), [("good.tlx", 0), ("wrong.tlx", 1), ("cut.tlx", 2), ("own.tlx", 2)])
def test_the_exit_code_is_that_of_the_check(saved, tmp_path, file, code):
    target = tmp_path / "run.jsonl"
    assert xcheck("check", file, "--format", "jsonl", "-o", target, cwd=saved).code == code
    for form in RENDERED:
        assert xcheck("report", target, "--format", form, cwd=saved).code == code


def test_what_was_allowed_is_saved_with_it(saved, tmp_path):
    target = tmp_path / "run.jsonl"
    arguments = ("own.tlx", "--allow-incomparable", "--format", "jsonl", "-o", target)
    assert xcheck("check", *arguments, cwd=saved).code == 0
    assert xcheck("report", target, cwd=saved).code == 0


def test_standard_input(xcheck, saved):
    done = xcheck("report", "-", "--format", "markdown", stdin=(saved / "run.jsonl").read_bytes())
    assert done.code == 2
    assert done.out.startswith("### xcheck: could not compare")
    done = xcheck("report", "-", stdin=b"")
    assert (done.code, done.out) == (2, "")
    assert done.err == "Error: <stdin>: the report is empty\n"


def test_a_cut_report_is_one_message(saved, tmp_path):
    whole = (saved / "run.jsonl").read_bytes()
    (tmp_path / "cut.jsonl").write_bytes(whole[:-20])
    ran = xcheck("report", "cut.jsonl", "--format", "junit", "-o", "out.xml", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    last = len(whole.splitlines())
    assert ran.err == f"Error: cut.jsonl:{last}: the report stops in the middle of a line: it was cut\n"
    assert os.listdir(tmp_path) == ["cut.jsonl"]
    ran = xcheck("report", "missing.jsonl", cwd=tmp_path)
    assert ran.err == "Error: missing.jsonl: cannot be opened: No such file or directory\n"


def test_maps_are_there_only_if_asked_for(saved):
    def maps(*options):
        ran = xcheck("check", "wrong.tlx", "--format", "jsonl", *options, cwd=saved)
        cases = [line for line in map(json.loads, ran.out.splitlines()) if line["type"] == "case"]
        items = [item for case in cases for item in case["items"]]
        return [found["elements"]["cells"] for item in items for found in item["findings"]]

    assert maps() == [None]
    (cells,) = maps("--maps")
    assert cells["rows"] * cells["columns"] == 32


def test_a_page_of_a_saved_report_is_the_page_of_the_check(saved, tmp_path):
    pages = tmp_path / "check.html", tmp_path / "report.html"
    checked = xcheck("check", *FILES, "--format", "html", "-o", pages[0], cwd=saved)
    lines = xcheck("check", *FILES, "--format", "jsonl", "--maps", cwd=saved)
    (tmp_path / "maps.jsonl").write_text(lines.out, "utf-8")
    rendered = xcheck("report", tmp_path / "maps.jsonl", "--format", "html", "-o", pages[1], cwd=saved)
    assert rendered == checked
    assert (checked.code, checked.out.splitlines()[0]) == (
        2,
        "wrong.tlx  tl-2026-08  4 cases, 24 items: 23 agree, 1 disagree",
    )
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert pages[0].read_bytes().startswith(b"<!DOCTYPE html>")
    assert xcheck("check", *FILES, "--format", "html", cwd=saved).out == pages[0].read_text("utf-8")


def test_junit_has_every_case(saved):
    document = JUnitXml.fromstring(xcheck("check", *FILES, "--format", "junit", cwd=saved).out.encode())
    assert (document.tests, document.failures, document.errors, document.skipped) == (6, 1, 1, 1)
    (failed,) = [test for suite in document for test in suite if test.result and test.result[0]._tag == "failure"]
    assert (failed.name, failed.classname) == (MLP, "wrong.tlx")
    assert f"reproduce: xcheck check wrong.tlx --case {MLP} --profile tl-2026-08" in failed.result[0].text


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("wrong.tlx", "wrong.tlx: is read by this command"),
        ("./wrong.tlx", "is read by this command"),
        ("good.tlx", "good.tlx: is an export; it is left as it is"),
        ("no/such/folder", "has no folder: the report cannot be written"),
        (".", "is a folder: the report cannot be written"),
        ("", "is no name of a file"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_the_check(saved, output, words):
    before = {path.name: path.stat().st_mtime_ns for path in saved.iterdir()}
    ran = xcheck("check", "wrong.tlx", "-o", output, cwd=saved)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert {path.name: path.stat().st_mtime_ns for path in saved.iterdir()} == before


def test_a_report_replaces_the_one_before_and_dash_is_standard_output(saved, tmp_path):
    target = tmp_path / "r.md"
    for file in ("wrong.tlx", "good.tlx"):
        xcheck("check", file, "--format", "markdown", "-o", target, cwd=saved)
    assert target.read_text().startswith("### xcheck: agree")
    ran = xcheck("check", "good.tlx", "--format", "markdown", "-o", "-", cwd=saved)
    assert ran.out == target.read_text()
    assert os.listdir(tmp_path) == ["r.md"]


@pytest.mark.parametrize(("form", "package", "extra"), [("junit", "junitparser", "junit"), ("html", "jinja2", "page")])
def test_a_missing_package_is_one_message_before_the_check(saved, monkeypatch, form, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    ran = xcheck("check", "missing.tlx", "--format", form, "-o", "out", cwd=saved)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"Error: the format {form} needs {package}: pip install 'torchlean-xcheck[{extra}]'\n"
    assert not (saved / "out").exists()


def test_a_page_is_nothing_for_a_terminal(saved):
    said = on_a_terminal(["check", "good.tlx", "--format", "html"], saved)
    assert "the format html is nothing for a terminal: name a file with -o" in said
    assert "agree" not in said


def test_every_format_is_offered():
    assert list(FORMATS) == ["text", "jsonl", "junit", "markdown", "html"]
    said = xcheck("check", "--help", cwd=Path.cwd()).out
    assert "[text|jsonl|junit|markdown|html]" in said
    assert formats.FORMATS["html"].maps

"""The page of a diff, in a browser, and the command that writes it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.cli.runner import xcheck
from tests.corpora import golden_export, only, write
from tests.report.page.samples import MLP, PLANTED, planted, weights
from xcheck.compare.change import CaseChange
from xcheck.compare.diff import diff_paths
from xcheck.report.page import diff_page

COMMAND = "xcheck diff old.tlx new.tlx --format html -o diff.html"


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    old, new = planted()
    extra = only(golden_export("08"), "mlp/from-7")
    return (
        str(write(tmp_path / "old.tlx", replace(old, items=(*old.items, *extra.items)))),
        str(write(tmp_path / "new.tlx", new)),
    )


def test_what_changed_is_marked_and_shows_both_sides(opened, sides) -> None:
    page = opened(diff_page(diff_paths(*sides, maps=True), COMMAND))
    expect(page.get_by_role("heading", level=1)).to_contain_text("The sides differ")
    expect(page.locator(".counts")).to_contain_text("changed")
    expect(page.locator(".groups .unexplained")).to_contain_text("not explained by any axis")
    expect(page.locator("#list .name")).to_have_text([MLP, "mlp/from-7"])
    page.locator("[data-ready=distance]").wait_for()
    marked = page.locator(".heat path[aria-label$='ulp apart']").evaluate_all("all => all.map(e => e.ariaLabel)")
    before, after = (int(weights(export).bits[PLANTED]) for export in planted())
    assert marked == [f"[3, 1]: old 0x{before:016x}, new 0x{after:016x}, 1 ulp apart"]
    page.get_by_label("old beside new").check()
    page.locator("[data-ready=sides]").wait_for()
    assert page.locator(f".plots path[aria-label^='[3, 1]: new 0x{after:016x}']").count() == 1
    page.locator("#list .name").nth(1).click()
    expect(page.locator("#detail")).to_contain_text("Only the old side has this case.")


def test_two_revisions_are_explained_by_their_axis(opened, tmp_path: Path) -> None:
    both = [only(golden_export(name), MLP, "relu/scalar", "mlp/from-7") for name in ("07-13", "07-15")]
    paths = [str(write(tmp_path / f"{k}.tlx", export)) for k, export in enumerate(both)]
    result = diff_paths(*paths, maps=True)
    page = opened(diff_page(result, COMMAND))
    expect(page.locator(".groups")).to_contain_text("sampler lcg -> splitmix64")
    page.locator(f"[data-kind={CaseChange.CHANGED}]").check()
    expect(page.locator("#count")).to_have_text(f"{result.count(CaseChange.CHANGED)} of {len(result.cases)} cases")
    page.get_by_label("What changed").select_option(index=1)
    expect(page.locator("#detail")).to_contain_text("Explained by sampler lcg -> splitmix64")
    expect(page.locator("#detail")).to_contain_text("The same values as in init from")


def test_tensors_are_kept_only_for_a_page(sides) -> None:
    with_maps, without = (
        [change for case in diff_paths(*sides, maps=maps).cases for change in case.changes] for maps in (True, False)
    )
    assert [replace(change, tensors=()) for change in with_maps] == without
    (tensor,) = next(change for change in with_maps if change.item == "init from 0").tensors
    assert tensor.name == "parameter 0"
    assert tensor.difference.cells is not None


@pytest.mark.parametrize("form", ["text", "markdown", "jsonl", "html"])
def test_a_report_in_a_file_leaves_a_line_on_standard_output(tmp_path: Path, sides, form: str) -> None:
    done = xcheck("diff", *sides, "--format", form, "-o", "report", cwd=tmp_path)
    assert (done.code, done.err) == (1, "")
    assert done.out == f"{sides[0]} -> {sides[1]}: 1 removed, 1 changed, 1 same\n"
    written = (tmp_path / "report").read_text("utf-8")
    if form == "html":
        assert "xcheck diff" in written
        return
    assert written == xcheck("diff", *sides, "--format", form, cwd=tmp_path).out
    if form == "jsonl":
        assert all(json.loads(line) for line in written.splitlines())
        assert "tensors" not in written


def test_an_input_is_never_written_over(tmp_path: Path, sides) -> None:
    before = Path(sides[1]).read_bytes()
    for form, code in (("html", 2), ("text", 2)):
        done = xcheck("diff", *sides, "--format", form, "-o", sides[1], cwd=tmp_path)
        assert done.code == code
        assert "is what is compared" in done.err
    other = write(tmp_path / "other.tlx", planted()[0])
    done = xcheck("diff", *sides, "--format", "html", "-o", str(other), cwd=tmp_path)
    assert done.code == 2
    assert "is no file of HTML reports" in done.err
    assert Path(sides[1]).read_bytes() == before


def test_equal_sides_make_a_page_that_says_so(tmp_path: Path, sides) -> None:
    done = xcheck("diff", sides[0], sides[0], "--format", "html", "-o", "same.html", cwd=tmp_path)
    assert (done.code, done.out) == (0, "")
    assert "The sides are equal" in (tmp_path / "same.html").read_text("utf-8")


def test_without_the_extra_it_is_one_message(tmp_path: Path, sides, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = xcheck("diff", *sides, "--format", "html", "-o", "diff.html", cwd=tmp_path)
    assert done.code == 2
    assert "pip install 'torchlean-xcheck[page]'" in done.err

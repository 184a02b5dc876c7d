"""Twenty thousand cases: a page of a few megabytes that answers at once."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.report.page.samples import COMMAND, many
from xcheck.report.page import check_page, checked
from xcheck.report.page.packing import packed_details

# Generous: on a machine of its own each takes a tenth of it.
MOST_MS = 1000


def test_twenty_thousand_cases_are_small_and_quick(opened) -> None:
    html = check_page(many(20_000, 2_000, 30), COMMAND)
    assert len(html.encode()) < 5_000_000
    start = time.perf_counter()
    page = opened(html)
    expect(page.locator("#count")).to_have_text("20,000 cases")
    assert time.perf_counter() - start < 15
    took = page.evaluate(
        """() => {
            const timed = (act) => {
                const start = performance.now();
                act();
                document.body.offsetHeight;
                return performance.now() - start;
            };
            const search = document.getElementById("search");
            const box = document.querySelector("[data-kind=failed]");
            const select = document.querySelector("#facet-primitive");
            return [
                timed(() => { search.value = "case1999"; search.dispatchEvent(new Event("input")); }),
                timed(() => { search.value = ""; search.dispatchEvent(new Event("input")); }),
                timed(() => box.click()),
                timed(() => { select.selectedIndex = 2; select.dispatchEvent(new Event("change")); }),
                timed(() => document.querySelector("#filters [type=reset]").click()),
            ];
        }"""
    )
    assert max(took) < MOST_MS, took
    page.locator("#list").focus()
    page.keyboard.press("End")
    expect(page.locator("#list .at")).to_have_attribute("aria-posinset", "20000")
    assert page.locator("#list .row").count() < 100


def test_what_there_is_no_room_for_is_said_with_the_command_that_shows_it(opened) -> None:
    page = opened(check_page(many(400, 100, 100), COMMAND))
    note = page.locator(".summary .note")
    expect(note).to_contain_text("of 100 heat maps; the first case without all of its own is fuzz/")
    expect(note.locator("code")).to_contain_text("--format html -o case.html")
    page.locator("[data-kind=failed]").check()
    page.locator("#list").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("#detail .note code")).to_contain_text("--format html -o case.html")
    expect(page.locator("#detail .elements")).to_contain_text("0x0000000000000000")


def test_details_without_room_are_said_to_be_left_out(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked, "packed_details", lambda details: packed_details(details, 0))
    page = opened(check_page(many(40, 20, 0), COMMAND))
    expect(page.locator(".summary .note")).to_contain_text("the details of the first 0 of 20 cases")
    expect(page.locator("#detail")).to_contain_text("The page had no room for what this case says")

"""The page of a check, in a browser: what it shows, and that it can be used by mouse, keyboard and screen reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.report.page.samples import (
    COMMAND,
    MLP,
    PLANTED,
    difference,
    forward,
    one_failing,
    planted,
    planted_page,
    planted_run,
    step,
    weights,
)
from xcheck.compare.result import (
    CaseResult,
    Explanation,
    FileResult,
    Finding,
    ItemResult,
    RunResult,
    Status,
    StepState,
)
from xcheck.report.page import check_page

HOSTILE = "</script><img src=x onerror=alert(1)>'\"`\u202edrawkcab\x07\x00\u2028{{ 7 * 7 }}"


def test_the_summary_says_how_it_came_out(opened) -> None:
    page = opened(planted_page())
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lean and the reference disagree")
    expect(page.locator(".verdict")).to_contain_text("1 file, 2 cases, 13 items. Exit code 1.")
    expect(page.locator(".counts")).to_contain_text("disagree")
    expect(page.locator(".ran code")).to_have_text(COMMAND)
    assert "planted.tlx" in page.title()
    assert page.locator("html").get_attribute("lang") == "en"


def test_exactly_the_planted_element_is_marked_with_its_bits(opened) -> None:
    page = opened(planted_page())
    page.locator("[data-ready=distance]").wait_for()
    right, wrong = map(weights, planted())
    labels = page.locator(".heat svg path[aria-label]").evaluate_all(
        "all => all.map(e => e.getAttribute('aria-label'))"
    )
    cells = [label for label in labels if label.startswith("[")]
    assert len(cells) == 32
    differing = [label for label in cells if not label.endswith("equal")]
    lean, reference = int(wrong.bits[PLANTED]), int(right.bits[PLANTED])
    assert differing == [f"[3, 1]: Lean 0x{lean:016x}, reference 0x{reference:016x}, 1 ulp apart"]
    said = page.locator(".readout")
    expect(said).to_contain_text("[3, 1] 1 ulp apart")
    for bits, value in ((lean, wrong), (reference, right)):
        expect(said).to_contain_text(f"0x{bits:016x}")
        expect(said).to_contain_text(float(value.values[3, 1]).hex())


def test_pointing_at_any_cell_shows_both_sides_of_it(opened) -> None:
    page = opened(planted_page())
    page.locator("[data-ready=distance]").wait_for()
    right = weights(planted()[0])
    page.locator(".heat svg path[aria-label^='[7, 2]:']").hover()
    said = page.locator(".readout")
    expect(said).to_contain_text("[7, 2] equal")
    assert said.inner_text().count(f"0x{int(right.bits[30]):016x}") == 2


def test_both_sides_can_be_drawn_beside_each_other(opened) -> None:
    page = opened(planted_page())
    page.locator("[data-ready=distance]").wait_for()
    page.get_by_label("Lean beside reference").check()
    page.locator("[data-ready=sides]").wait_for()
    expect(page.locator(".plots svg")).to_have_count(2)
    expect(page.locator(".plots h5")).to_have_text(["Lean", "reference"])
    assert page.locator(".plots path[aria-label^='[3, 1]: reference 0x']").count() == 1


def test_the_keyboard_is_enough(opened) -> None:
    page = opened(planted_page(), width=600)
    expect(page.locator("#detail")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the cases")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.locator("#list").focus()
    active = page.locator("#list .at")
    expect(active).to_contain_text(MLP)
    page.keyboard.press("ArrowDown")
    expect(active).to_contain_text("relu/scalar")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h3")).to_be_focused()
    heat = page.get_by_role("application")
    heat.focus()
    page.locator("[data-ready=distance]").wait_for()
    said = page.locator(".readout .where")
    for key, at in (("ArrowLeft", "[3, 0]"), ("ArrowUp", "[2, 0]"), ("End", "[2, 3]"), ("n", "[3, 1]")):
        page.keyboard.press(key)
        expect(said).to_contain_text(at)
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.locator("#list")).to_be_focused()


def test_filters_narrow_the_list_and_say_how_many_are_left(opened) -> None:
    cases = tuple(
        CaseResult(name, (ItemResult("graph", 1, status, reason=reason),), primitives=primitives)
        for name, status, reason, primitives in (
            ("a/one", Status.PASSED, None, ("linear",)),
            ("a/two", Status.PASSED, None, ("linear", "relu")),
            ("b/one", Status.NOT_COMPARABLE, "a user's own primitive", ("mine",)),
            ("b/two", Status.ERRORED, "broke", ("relu",)),
        )
    )
    files = (FileResult("x.tlx", "tl-2026-07-15", cases=cases[:3]), FileResult("y.tlx", "tl-2026-08", cases=cases[3:]))
    page = opened(check_page(RunResult(files), COMMAND))
    count, rows = page.locator("#count"), page.locator("#list .name")
    expect(count).to_have_text("4 cases")
    expect(rows).to_have_text(["b/two", "b/one", "a/one", "a/two"])
    page.locator("[data-kind=passed]").check()
    expect(count).to_have_text("2 of 4 cases")
    page.get_by_label("Primitive").select_option(label="relu (2)")
    expect(rows).to_have_text(["a/two"])
    page.get_by_role("button", name="Clear").click()
    expect(count).to_have_text("4 cases")
    page.get_by_label("Profile").select_option(label="tl-2026-08 (1)")
    expect(rows).to_have_text(["b/two"])
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Search").fill("ONE")
    expect(rows).to_have_text(["b/one", "a/one"])
    rows.first.click()
    expect(page.locator("#detail")).to_contain_text("Reason: a user's own primitive")
    page.get_by_label("Search").fill("nothing like it")
    expect(page.locator("#list")).to_contain_text("No case is like that.")
    expect(count).to_have_attribute("aria-live", "polite")


def test_the_chain_shows_where_it_went_wrong_and_what_only_inherited_it(opened) -> None:
    steps = tuple(
        step(k, state, k)
        for k, state in enumerate((StepState.RIGHT, StepState.WRONG, StepState.INHERITED, StepState.NOT_TOLD))
    )
    wrong = Finding("trace entry", "", "", 1, "Layer1", "trace 1", difference((4,), (2, 5)), why=("wrong by itself",))
    late = Finding("trace entry", "", "", 2, "Layer2", "trace 2", difference((4,), (1, 5)), inherited=True)
    says = Explanation(
        "swap", "Two weights are swapped.", "NN/Layer.lean", 1, 1, ("init from 0",), alike=("a transpose",)
    )
    page = opened(check_page(one_failing("one", forward(wrong, late, steps=steps), says), COMMAND))
    boxes = page.locator(".chain li")
    expect(boxes).to_have_count(4)
    for place, word in enumerate(("right", "first wrong", "inherited", "not told")):
        expect(boxes.nth(place)).to_contain_text(word)
    expect(boxes.nth(1)).to_contain_text("1 of 4, 1 ulp")
    diagnosis = page.locator(".diagnosis")
    for text in ("Two weights are swapped.", "explains all of it", "NN/Layer.lean", "init from 0", "a transpose"):
        expect(diagnosis).to_contain_text(text)
    expect(page.locator(".finding[open]")).to_have_count(1)
    boxes.nth(2).get_by_role("button").click()
    expect(page.locator(".finding[open]")).to_have_count(2)
    expect(page.locator(".finding.inherited [data-ready=distance]")).to_be_visible()
    expect(page.locator("[data-ready=histogram] svg")).to_be_visible()


def test_infinities_and_nans_have_no_distance_and_signed_zeros_have(opened) -> None:
    found = difference((3, 2), (0, 0x7FF8000000000000), (3, 0xFFF0000000000000))
    zeros = difference((1,), (0, 1 << 63))
    page = opened(check_page(one_failing("one", forward(Finding("trace entry", "", "", elements=found))), COMMAND))
    page.locator("[data-ready=distance]").wait_for()
    none = page.locator(".heat path[aria-label$='no distance']")
    assert [label[:7] for label in none.evaluate_all("all => all.map(e => e.ariaLabel)")] == ["[0, 0]:", "[1, 1]:"]
    expect(page.locator(".readout")).to_contain_text("nan")
    assert zeros.max_ulp is not None


def test_a_cell_of_many_elements_shows_the_furthest_of_them(opened) -> None:
    found = difference((200, 70), (0, 5), (70 * 199 + 69, 7))
    page = opened(check_page(one_failing("one", forward(Finding("trace entry", "", "", elements=found))), COMMAND))
    page.locator("[data-ready=distance]").wait_for()
    marked = page.locator(".heat path[aria-label*='apart']").evaluate_all("all => all.map(e => e.ariaLabel)")
    assert [label.partition(":")[0] for label in marked] == ["[0, 0]", "[199, 69]"]
    expect(page.locator(".readout")).to_contain_text("1 elements of this cell differ")


def test_dark_and_light_follow_the_system_and_the_switch(opened) -> None:
    shots = {}
    for scheme in ("dark", "light"):
        page = opened(planted_page(), color_scheme=scheme)
        page.locator("[data-ready=distance]").wait_for()
        shots[scheme] = page.screenshot()
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert shots["dark"] != shots["light"]
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_makes_the_page_wider_than_its_window(opened, width: int) -> None:
    page = opened(planted_page(), "#case-0", width=width)
    page.locator("[data-ready=distance]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.getElementById('detail').scrollWidth") <= width


def test_hostile_names_are_only_ever_text(opened) -> None:
    item = replace(forward(Finding(HOSTILE, HOSTILE, HOSTILE, 0, HOSTILE, HOSTILE, why=(HOSTILE,))), item=HOSTILE)
    run = one_failing(HOSTILE, item, Explanation("x", HOSTILE, HOSTILE, 1, 1, (HOSTILE,)), primitives=(HOSTILE, "x"))
    broken = FileResult(HOSTILE, None, headers=((HOSTILE, HOSTILE),), error=HOSTILE)
    page = opened(check_page(RunResult((*run.files, broken), HOSTILE, (HOSTILE,)), HOSTILE))
    expect(page.locator("#detail h3")).to_contain_text("</script><img src=x")
    expect(page.locator("#detail h3")).to_contain_text("\\u{202e}drawkcab\\u{0007}\\u{0000}\\u{2028}{{ 7 * 7 }}")
    expect(page.locator(".error")).to_contain_text("</script>")
    assert page.locator("img").count() == 0
    assert page.evaluate("document.body.innerText.includes('\\u202e')") is False


def test_the_command_of_a_case_can_be_copied(opened) -> None:
    page = opened(planted_page(), permissions=["clipboard-read", "clipboard-write"])
    page.locator(".reproduce").get_by_role("button", name="Copy").click()
    expect(page.locator(".reproduce button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"xcheck check planted.tlx --case {MLP} --profile tl-2026-08"


def test_a_file_that_cannot_be_read_and_one_without_cases_are_there(opened) -> None:
    files = (
        *planted_run().files,
        FileResult("cut.tlx", None, error="line 3: the file ends too early"),
        FileResult("none.tlx", "tl-2026-08", not_run=4, not_run_reason="left out with -k"),
    )
    page = opened(check_page(RunResult(files), COMMAND))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Not everything could be compared")
    expect(page.locator(".files")).to_contain_text("line 3: the file ends too early")
    expect(page.locator(".files")).to_contain_text("left out with -k")


def test_on_paper_the_open_case_is_what_counts(opened) -> None:
    page = opened(planted_page())
    page.locator("[data-ready=distance]").wait_for()
    page.emulate_media(media="print")
    expect(page.locator("#list")).to_be_hidden()
    expect(page.locator("#detail")).to_be_visible()

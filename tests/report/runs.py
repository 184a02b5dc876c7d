"""Results to render, made by hand: what a report shows must not depend on what the comparison happens to find."""

from __future__ import annotations

from xcheck.compare.result import (
    CaseResult,
    Element,
    ElementMap,
    Explanation,
    FileResult,
    Finding,
    ItemResult,
    RunResult,
    Status,
    Step,
    StepState,
    TensorDifference,
)
from xcheck.report.asked import Asked

ELEMENT = Element((0,), "3fd40cba2fa6688b", "3fd40cba2fa6688a", 1)
CELLS = ElementMap(1, 2, 1, 1, bytes(16), b"\1" + bytes(15), b"", (), (0, 1, *[0] * 63))
DIFFERENCE = TensorDifference((2,), 1, 2, 1, 0, (ELEMENT,), "one element", ("#.",), CELLS)
STEPS = (
    Step(0, "linear(4,8)", (4,), (8,), StepState.RIGHT),
    Step(1, "relu", (8,), (8,), StepState.WRONG, 3, 8, 77),
    Step(2, "linear(8,2)", (8,), (2,), StepState.INHERITED, 2, 2, 1_000),
)
EXPLANATION = Explanation(
    "one-bit", "exactly one bit was changed", "the line that writes it", 1, 1, ("forward",), alike=("a cosmic ray",)
)
FINDING = Finding("trace entry", "", "", 1, "relu", "trace 1", DIFFERENCE, why=("this layer is wrong",))
PASSED = ItemResult("graph", 1, Status.PASSED)
FAILED = ItemResult("forward #1", 7, Status.FAILED, (FINDING,), steps=STEPS)
UNTOLD = ItemResult("lower", 9, Status.NOT_COMPARABLE, reason="a user's own primitive")
ERRORED = ItemResult("init", 9, Status.ERRORED, reason="out of memory")

GOOD = CaseResult("good", (PASSED, PASSED), primitives=("linear", "relu"))
WRONG = CaseResult("wrong", (PASSED, FAILED), (EXPLANATION,), ("relu",))
OWN = CaseResult("own", (PASSED, UNTOLD))
BROKEN = CaseResult("broken", (PASSED, ERRORED))

ASKED = Asked(("a.tlx", "b.tlx"), profile="tl-2026-08")


def file_of(*cases, source="a.tlx", **fields):
    return FileResult(source, "tl-2026-08", (("lean", "4"),), tuple(cases), **fields)


def run_of(*files, **fields):
    return RunResult(tuple(files), **fields)


EVERYTHING = run_of(
    file_of(GOOD, WRONG, OWN, BROKEN, not_run=3, not_run_reason="stopped after 3 cases", arguments=("--call", "m 1")),
    FileResult("b.tlx", None, error="b.tlx:3:1: the file stops"),
    FileResult("c.tlx", None),
    outdated=("known.toml: entry 1 matched nothing",),
)

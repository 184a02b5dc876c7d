"""Runs to make pages of: a golden export with faults planted in it, and results made up by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from tests.compare.planted import at, find, flip, one_case, with_bits, with_item
from tests.corpora import golden_export
from xcheck.compare.cells import element_map
from xcheck.compare.check import Options, check_export
from xcheck.compare.policy import Policy
from xcheck.compare.result import (
    CaseResult,
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
from xcheck.compare.tensors import tensor_difference
from xcheck.lean_parser.export import parse_export
from xcheck.lean_parser.printer import print_export
from xcheck.lean_parser.records import Export, InitItem
from xcheck.report.page import check_page
from xcheck.tensor import Tensor

COMMAND = "xcheck check planted.tlx --format html -o report.html"
MLP = "mlp/4-8-2"
PLANTED = 13  # [3, 1] of the first weights, which are 8 x 4


@cache
def planted() -> tuple[Export, Export]:
    """Some cases of a golden export, and the same with one bit of one initial value flipped."""
    export = golden_export("08")
    right = replace(export, items=tuple(item for name in (MLP, "relu/scalar") for item in one_case(export, name).items))
    init = find(right, InitItem, MLP)
    changed = replace(init, tensors=at(init.tensors, 0, with_bits(init.tensors[0], flip(PLANTED, 0))))
    return right, with_item(right, init, changed)


def weights(export: Export) -> Tensor:
    """The initial weights of which one is planted."""
    return find(export, InitItem, MLP).tensors[0]


@cache
def planted_run() -> RunResult:
    """What a check finds in the planted export, after a way through its text."""
    export = parse_export(print_export(planted()[1]).encode(), "planted.tlx")
    return RunResult((replace(check_export(export, Options(policy=Policy(maps=True))), source="planted.tlx"),))


@cache
def planted_page() -> str:
    return check_page(planted_run(), COMMAND)


def difference(shape: tuple[int, ...], *changes: tuple[int, int], seed: int = 0) -> TensorDifference:
    """A random tensor against itself with other bits at some places."""
    count = int(np.prod(shape))
    reference = Tensor(shape, np.random.default_rng(seed).normal(size=count).view(np.uint64))
    bits = reference.bits.copy()
    for place, value in changes:
        bits[place] = value
    lean = Tensor(shape, bits)
    found = tensor_difference(lean, reference)
    assert found is not None
    return replace(found, cells=element_map(lean, reference))


def one_failing(name: str, item: ItemResult, *diagnosis: Explanation, primitives: tuple[str, ...] = ()) -> RunResult:
    """A run of one file with one case that fails in one item."""
    case = CaseResult(name, (item, ItemResult("graph", 1, Status.PASSED)), diagnosis, primitives)
    return RunResult((FileResult("made.tlx", "tl-2026-08", cases=(case,)),))


def forward(*findings: Finding, steps: tuple[Step, ...] = ()) -> ItemResult:
    return ItemResult("forward #1 from 0 (eval, spec)", 7, Status.FAILED, findings, steps=steps)


def step(layer: int, state: StepState, differing: int = 0) -> Step:
    return Step(layer, f"Layer{layer}", (4,), (4,), state, differing, 4, differing or None)


@cache
def many(cases: int, failing: int, mapped: int) -> RunResult:
    """A large run: every so often a case fails, in a tensor of which the first few have maps."""
    names = ("linear", "relu", "conv2d", "softmax", "flatten", "batchnorm2d", "maxpool2d", "opaque")
    profiles = ("tl-2026-07-15", "tl-2026-08")
    passed = tuple(
        ItemResult(what, k, Status.PASSED) for k, what in enumerate(("graph", "lower from 0", "init from 0"))
    )
    plain = difference((4, 4), (3, 0), (9, 1))
    files: list[list[CaseResult]] = [[], []]
    every = cases // failing
    for number in range(cases):
        own = (names[number % 8], names[number // 8 % 8])
        items = passed
        if number % every == every - 1:
            big = number // every < mapped
            found = difference((64, 64), (number % 4096, 0), seed=number) if big else replace(plain, cells=None)
            finding = Finding("trace entry", "", "", 0, own[0], "trace 0", found, why=(f"planted in case {number}",))
            items = (*passed, forward(finding))
        files[number % 2].append(CaseResult(f"fuzz/{own[0]}-{own[1]}/seed0-case{number}", items, primitives=own))
    return RunResult(tuple(FileResult(f"{p}.tlx", p, cases=tuple(own)) for p, own in zip(profiles, files, strict=True)))

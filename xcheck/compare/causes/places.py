"""One place alone: a bit, two values, an entry changed after the run, an input that is not the one that ran."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from xcheck.compare import evidence
from xcheck.compare.causes.case import About, FailedCase
from xcheck.compare.causes.cause import FORWARD, Candidate, Cause, Unless
from xcheck.compare.result import Finding
from xcheck.lean_parser.records import ForwardItem
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.replay import layer_runs, run_layer, split_parameters
from xcheck.tensor import Tensor

_VALUES: Final = frozenset({About.INITIAL, About.FORWARD, About.BUFFERS})
_AFTERWARDS: Final = "what writes or edits the export: the model's other values contradict this one"
_MOST_INPUT: Final = 64


def _each(says: str, fits: Callable[[Finding], bool]) -> Callable[[FailedCase], Iterator[Candidate]]:
    """A candidate that accounts for every trouble that fits."""

    def candidates(case: FailedCase) -> Iterator[Candidate]:
        fitting = frozenset(n for n, trouble in enumerate(case.troubles) if fits(trouble.finding))
        if fitting:
            where = ", ".join(_place(case, n) for n in sorted(fitting)[:3]) + (", ..." if len(fitting) > 3 else "")
            yield Candidate(f"{says}: {where}", covers=fitting)

    return candidates


def _place(case: FailedCase, number: int) -> str:
    trouble = case.troubles[number]
    finding = trouble.finding
    named = finding.tensor or finding.what
    first = finding.elements.first[0] if finding.elements is not None else None
    at = "" if first is None or not first.coordinate else f" at {list(first.coordinate)}"
    return f"{named}{at} in {case.results[trouble.item].item}"


def _said(observation: str) -> Callable[[Finding], bool]:
    return lambda finding: any(observation in why for why in finding.why)


def _wrong_input(case: FailedCase) -> Iterator[Candidate]:
    """One bit of the recorded input whose change makes the whole forward agree."""
    forwards = [case.items[number] for number in case.failing]
    if len(forwards) != 1 or not isinstance(forwards[0], ForwardItem):
        return
    item = forwards[0]
    if not 0 < item.input.bits.size <= _MOST_INPUT or not item.trace or case.wrong_layers != {0}:
        return
    found = _flipped(case, item)
    if found is not None:
        place, bit, changed = found
        if case.subject.follows(replace(item, input=changed), case.plain):
            at = [int(axis) for axis in np.unravel_index(place, item.input.shape)] if item.input.shape else []
            says = f"the recorded input is not the one that ran: with bit {bit} of element {at} flipped all agrees"
            yield Candidate(says, covers=frozenset(range(len(case.troubles))))


def _flipped(case: FailedCase, item: ForwardItem) -> tuple[int, int, Tensor] | None:
    layer = case.layers[0]
    given = item.params
    values = [t.values for t in given] if given is not None else case.plain.initial_parameters(case.lowered)
    params = next(iter(split_parameters(case.layers, values)))
    run = next(iter(layer_runs(case.layers, Run(case.profile, item.mode, item.via))))
    for place in range(item.input.bits.size):
        for bit in range(64):
            bits = item.input.bits.copy()
            bits[place] ^= np.uint64(1 << bit)
            changed = Tensor(item.input.shape, bits)
            try:
                out = Tensor.of(run_layer(layer, run, params, changed.values))
            except NotComparableError:
                return None
            if out == item.trace[0]:
                return place, bit, changed
    return None


PLACES = (
    Cause(
        "altered-entry",
        FORWARD,
        _AFTERWARDS,
        _each("a value was altered after the run", _said(evidence.ALTERED)),
        unless=Unless.EXPLAINED_AND_HOLDS,
    ),
    Cause(
        "wrong-input",
        FORWARD,
        "which input the exporter writes, and which it runs",
        _wrong_input,
        unless=Unless.EXPLAINED_AND_HOLDS,
    ),
    Cause(
        "zero-sign",
        _VALUES,
        "negations and multiplications that give -0.0",
        _each("only the sign of zeros differs", _said(evidence.ZERO_SIGNS)),
        unless=Unless.EXPLAINED_AND_HOLDS,
    ),
    Cause(
        "exchanged-values",
        _VALUES,
        "the index computation where the tensor is filled or written",
        _each("two values are exchanged", _said(evidence.EXCHANGED)),
    ),
    Cause(
        "reordered-values",
        _VALUES,
        "the index computation where the tensor is filled or written",
        _each("the same values stand in another order", _said(evidence.ANOTHER_ORDER)),
        unless=Unless.EXPLAINED_AND_HOLDS,
    ),
    Cause(
        "one-bit",
        _VALUES,
        _AFTERWARDS,
        _each("one bit of one value is flipped", _said(evidence.ONE_BIT)),
        unless=Unless.EXPLAINED_AND_HOLDS,
    ),
)

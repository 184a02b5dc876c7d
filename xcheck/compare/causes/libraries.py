"""Another C library: only the last bits of what its functions reach differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from xcheck.compare.causes.case import About, FailedCase
from xcheck.compare.causes.cause import Candidate, Cause
from xcheck.compare.policy import Allowance

_MOST: Final = 16  # more than a library's own error can do to one layer


def _candidates(case: FailedCase) -> Iterator[Candidate]:
    functions: dict[str, None] = {}
    worst = 0
    for trouble in case.troubles:
        finding = trouble.finding
        off = finding.elements
        if off is None or off.max_ulp is None or off.not_finite or finding.layer is None:
            return
        worst = max(worst, off.max_ulp)
        layer = case.layers[finding.layer]
        reached = dict.fromkeys(layer.operation.libm)
        if finding.what.startswith("initial value"):
            reached |= {name: None for one in layer.initial for name in one.libm}
        if not reached:
            return
        functions |= reached
    if not functions or worst > _MOST:
        return
    allowances = tuple(Allowance(name, worst) for name in functions)
    flags = " ".join(f"--allow-ulp {allowance}" for allowance in allowances)
    says = (
        f"another C library's {' or '.join(functions)}: all differences are within {worst} ulp (admit them by {flags})"
    )
    yield Candidate(says, case.variant(), policy=replace(case.policy, allowances=allowances, diagnose=False))


LIBRARIES = (
    Cause(
        "c-library",
        frozenset({About.INITIAL, About.FORWARD, About.BUFFERS}),
        "the platform header: the host's libm and its CPU, which choose the code of exp, log, tanh, sin, cos",
        _candidates,
    ),
)

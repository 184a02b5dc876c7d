"""A forward's chain drawn down the page: which layer went wrong first, and what only inherited it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from xcheck.compare.result import Step, StepState
from xcheck.reference.shape import format_shape

_MARKS: Final = {
    StepState.RIGHT: ("=", ""),
    StepState.WRONG: (">", "bold red"),
    StepState.INHERITED: ("~", "dim"),
    StepState.ADMITTED: ("+", "yellow"),
    StepState.NOT_TOLD: ("?", "yellow"),
}
_AROUND: Final = 3  # layers shown before the first that is not right, and behind the last


def first_wrong(steps: Sequence[Step]) -> Step | None:
    """The first layer that is wrong on Lean's own input."""
    return next((step for step in steps if step.state is StepState.WRONG), None)


def chain_lines(steps: Sequence[Step]) -> Iterator[Text]:
    """One line for each layer; long stretches that agree are left out and counted."""
    if not steps:
        return
    first, shown = first_wrong(steps), _shown(steps)
    cells = {step.layer: _cells(step) for step in shown if not isinstance(step, int)}
    widths = [max(map(len, column)) for column in zip(*cells.values(), strict=True)]
    for step in shown:
        if isinstance(step, int):
            yield Text(f"  {'...'.rjust(widths[0])}  {step:,} layers that agree", style="dim")
            continue
        mark, style = _MARKS[step.state]
        number, kind, shapes = (cell.ljust(width) for cell, width in zip(cells[step.layer], widths, strict=True))
        line = f"{mark} {number}  {kind}  {shapes}  {_amount(step)}"
        yield Text(f"{line}  <- parts from the reference here" if step is first else line, style=style)


def _cells(step: Step) -> tuple[str, str, str]:
    return str(step.layer), step.kind, f"{format_shape(step.input)} -> {format_shape(step.output)}"


def _shown(steps: Sequence[Step]) -> list[Step | int]:
    apart = [place for place, step in enumerate(steps) if step.state is not StepState.RIGHT]
    keep = {at for place in apart for at in range(place - _AROUND, place + _AROUND + 1)} | {0, len(steps) - 1}
    shown: list[Step | int] = []
    for place, step in enumerate(steps):
        if place in keep:
            shown.append(step)
        elif shown and isinstance(shown[-1], int):
            shown[-1] += 1
        else:
            shown.append(1)
    return shown


def _amount(step: Step) -> str:
    if step.state is StepState.RIGHT:
        return "agrees"
    if step.state is StepState.NOT_TOLD:
        return "cannot be told"
    if step.state is StepState.ADMITTED:
        return "admitted by allowance"
    if not step.total:
        return "differs in shape"
    ulp = "" if step.max_ulp is None else f", at most {step.max_ulp:,} ulp"
    how = "inherited: " if step.state is StepState.INHERITED else ""
    return f"{how}{step.differing:,} of {step.total:,} differ{ulp}"

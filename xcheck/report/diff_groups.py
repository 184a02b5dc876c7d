"""A diff's changes put together by what explains them: what every format of the diff report says first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xcheck.compare.change import Aspect, CaseChange, CaseDiff, Change, DiffResult

_NOUNS = {
    Aspect.GRAPH: ("graph", "graphs"),
    Aspect.SPELLING: ("graph spelled differently", "graphs spelled differently"),
    Aspect.SIGNATURE: ("graph's shapes", "graphs' shapes"),
    Aspect.LAYERS: ("layer", "layers"),
    Aspect.LABELS: ("layer label", "layer labels"),
    Aspect.COUNTER: ("next counter", "next counters"),
    Aspect.ERROR: ("error text", "error texts"),
    Aspect.OUTCOME: ("outcome", "outcomes"),
    Aspect.DAG: ("DAG term", "DAG terms"),
    Aspect.PARAMETERS: ("initial value", "initial values"),
    Aspect.FORWARD: ("forward", "forwards"),
    Aspect.ITEMS: ("item", "items"),
    Aspect.NAN_BITS: ("NaN payload", "NaN payloads"),
}
_EXACT_BELOW = 10**9


@dataclass(frozen=True, slots=True)
class Group:
    """All changes that one set of axes explains (none, for `axes` empty): the cases, and a line for each aspect."""

    axes: tuple[str, ...]
    cases: tuple[CaseDiff, ...]
    lines: tuple[str, ...]
    title: str


def groups(result: DiffResult) -> list[Group]:
    """The changed cases by explanation, the unexplained last. A case stands in every group it has a change in.

    Combinations of axes are taken together where there are several. Another graph under the same name is no change
    that could be explained, and is not in any group (see `another_graph`).
    """
    listed = [axes for axes in result.explanations() if any(_explicable(change, [axes]) for change in _all(result))]
    single = [axes for axes in listed if len(axes) == 1]
    together = [axes for axes in listed if len(axes) > 1]
    bunches = [[axes] for axes in single] + ([together] if together else []) + ([[()]] if () in listed else [])
    return [_group(bunch, result) for bunch in bunches]


def another_graph(result: DiffResult) -> list[str]:
    """A line naming the cases that have another graph altogether, if there are any."""
    listed = [
        case.name
        for case in result.of(CaseChange.CHANGED)
        if any(change.aspect is Aspect.GRAPH for change in case.changes)
    ]
    what = "another graph under the same name"
    return [f"{what} in {len(listed):,} case{'s' if len(listed) != 1 else ''}: {names(listed, 6)}"] if listed else []


def _all(result: DiffResult) -> Iterable[Change]:
    return (change for case in result.cases for change in case.changes)


def _explicable(change: Change, bunch: Sequence[tuple[str, ...]]) -> bool:
    return change.axes in bunch and change.aspect is not Aspect.GRAPH


def _title(bunch: Sequence[tuple[str, ...]]) -> str:
    if len(bunch) == 1:
        return " and ".join(bunch[0]) or "not explained by any axis"
    return "two or more of " + ", ".join(dict.fromkeys(axis for axes in bunch for axis in axes))


def ulp_text(ulp: int) -> str:
    """A distance: exact while it means something, rounded where the values have nothing to do with each other."""
    return f"{ulp:,}" if ulp < _EXACT_BELOW else f"{float(ulp):.1e}"


def names(cases: Iterable[str], most: int) -> str:
    """The first names of many."""
    listed = list(cases)
    more = f", and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def counts(result: DiffResult) -> str:
    """How many cases came out how: `37 changed, 36 provenance only`."""
    said = [f"{result.count(change):,} {change}" for change in reversed(CaseChange) if result.count(change)]
    return ", ".join(said) or "no cases"


def _group(bunch: Sequence[tuple[str, ...]], result: DiffResult) -> Group:
    cases = [case for case in result.of(CaseChange.CHANGED) if any(_explicable(c, bunch) for c in case.changes)]
    lines: list[str] = []
    for aspect in Aspect:
        found = [
            (case, change)
            for case in cases
            for change in _counted(case.changes)
            if _explicable(change, bunch) and change.aspect is aspect
        ]
        if found:
            lines.append(_line(aspect, [change for _, change in found], len({case.name for case, _ in found})))
    axes = tuple(dict.fromkeys(axis for axes in bunch for axis in axes))
    return Group(axes, tuple(cases), tuple(lines), _title(bunch))


def _counted(changes: Sequence[Change]) -> Sequence[Change]:
    """`det_init` repeats the values of `init`: they are counted once."""
    inits = {change.item for change in changes if change.item.startswith("init")}
    return [
        change for change in changes if change.item.removeprefix("det_") == change.item or change.item[4:] not in inits
    ]


def _line(aspect: Aspect, changes: Sequence[Change], cases: int) -> str:
    where = f"in {cases:,} case{'s' if cases != 1 else ''}"
    ulps = [change.max_ulp for change in changes if change.max_ulp is not None]
    distance = f", at most {ulp_text(max(ulps))} ulp apart" if ulps else ""
    one, many = _NOUNS[aspect]
    if aspect in (Aspect.PARAMETERS, Aspect.LABELS, Aspect.LAYERS):
        count, total = sum(change.count for change in changes), sum(change.total for change in changes)
        amount = (
            f"all {total:,} {many}" if count == total > 1 else f"{count:,} of {total:,} {many if total != 1 else one}"
        )
    else:
        amount = f"{len(changes):,} {many if len(changes) != 1 else one}"
    return f"{amount} {where}{distance}"

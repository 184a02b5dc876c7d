"""A corpus's statistics, as lines for people and as one JSON object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from xcheck.fixtures.statistics import Statistics

_SHOWN: Final = 12


def lines(path: str, found: Statistics) -> Iterator[str]:
    """The statistics, one line for each question."""
    yield path
    for name, text in _rows(found):
        yield f"  {name:<27}{text}"


def as_json(path: str, found: Statistics) -> dict[str, Any]:
    """The same as plain values; counters are objects, the most frequent first."""
    fields: dict[str, Any] = {"path": path}
    for name in Statistics.__dataclass_fields__:
        value = getattr(found, name)
        if isinstance(value, Counter):
            value = {str(key): count for key, count in value.most_common()}
        fields[name] = value
    fields["uncovered"] = found.uncovered()
    return fields


def _rows(found: Statistics) -> list[tuple[str, str]]:
    share = f"{100 * found.trivial / found.cases:.0f} %" if found.cases else "none"
    uncovered = [f"{profile}: {', '.join(names)}" for profile, names in found.uncovered().items()]
    return [
        ("cases", f"{found.cases:,} ({found.graphs:,} graphs, {found.stacks:,} layer stacks)"),
        ("profiles", _most(found.profiles)),
        ("unique graphs or stacks", f"{found.unique:,}"),
        ("fewer than two primitives", f"{found.trivial:,} ({share})"),
        ("items", _most(found.items)),
        ("forwards", _most(found.forwards)),
        ("error outcomes", f"{found.failures:,}"),
        ("initial values", f"{found.parameters:,}"),
        ("primitives", _most(found.primitives)),
        ("not covered", "; ".join(uncovered) or "nothing"),
        (f"pairs ({len(found.pairs)})", _most(found.pairs)),
        ("input ranks", _by_key(found.input_ranks)),
        ("input extents", _by_key(found.extents)),
        ("start counters", _by_key(found.counters)),
        ("special values in forwards", _most(found.special)),
    ]


def _most(counter: Counter[str]) -> str:
    listed = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    more = f", and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(f"{name} {count:,}" for name, count in listed[:_SHOWN]) + more or "none"


def _by_key(counter: Counter[int]) -> str:
    listed = sorted(counter.items())
    more = f", and {len(listed) - _SHOWN} more up to {listed[-1][0]:,}" if len(listed) > _SHOWN else ""
    return ", ".join(f"{key}: {count:,}" for key, count in listed[:_SHOWN]) + more or "none"

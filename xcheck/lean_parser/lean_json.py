"""Lean's two JSON layouts for objects, lists, strings without escapes, and naturals.

`compress` has no spaces and ascending keys. `pretty` prints descending keys and fits 80 columns: a list or object
stands on one line if it fits there together with what must follow it on that line, else every element starts a line,
one column further in. Source: Lean core, `Lean/Data/Json/Printer.lean`, `Init/Data/Format/Basic.lean`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.uint64] | npt.NDArray[np.uint32]
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | Integers | str | int"

_WIDTH: Final = 80


def compress(value: Json) -> Iterator[str]:
    """The one-line text, in pieces."""
    if isinstance(value, np.ndarray):
        yield "[" + ",".join(map(str, value.tolist())) + "]"
    elif isinstance(value, str):
        yield f'"{value}"'
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, Mapping):
        yield "{"
        for place, key in enumerate(sorted(value)):
            yield f'{"," if place else ""}"{key}":'
            yield from compress(value[key])
        yield "}"
    else:
        yield "["
        for place, item in enumerate(value):
            if place:
                yield ","
            yield from compress(item)
        yield "]"


def pretty(value: Json) -> Iterator[str]:
    """The multi-line text, in pieces, without a final line break."""
    return _laid_out(value, 0, 0, 0)


def _laid_out(value: Json, nest: int, column: int, trailing: int) -> Iterator[str]:
    """The text of `value` from `column` on; `trailing` characters must follow on its last line."""
    flat = _flat(value, _WIDTH - column - trailing)
    if flat is not None or isinstance(value, str | int):
        yield flat if flat is not None else _scalar(value)
    elif isinstance(value, Mapping):
        yield from _object(value, nest + 1, trailing)
    elif isinstance(value, np.ndarray):
        yield "[" + f",\n{' ' * (nest + 1)}".join(map(str, value.tolist())) + "]"
    else:
        yield "["
        for place, item in enumerate(value):
            if place:
                yield ",\n" + " " * (nest + 1)
            after = 1 if place + 1 < len(value) else 1 + trailing
            yield from _laid_out(item, nest + 1, column + 1 if place == 0 else nest + 1, after)
        yield "]"


def _object(value: Mapping[str, Json], nest: int, trailing: int) -> Iterator[str]:
    yield "{"
    keys = sorted(value, reverse=True)
    for place, key in enumerate(keys):
        if place:
            yield ",\n" + " " * nest
        after = 1 if place + 1 < len(keys) else 1 + trailing
        head = f'"{key}":'
        flat = _flat(value[key], _WIDTH - nest - len(head) - 1 - after)
        if flat is not None:
            yield f"{head} {flat}"
        else:
            yield f"{head}\n{' ' * nest}"
            yield from _laid_out(value[key], nest, nest, after)
    yield "}"


def _scalar(value: Json) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _flat(value: Json, room: int) -> str | None:
    """The one-line text if it has at most `room` characters."""
    if isinstance(value, str | int):
        text = _scalar(value)
    elif isinstance(value, np.ndarray):
        if 3 * value.size > room + 2:
            return None
        text = "[" + ", ".join(map(str, value.tolist())) + "]"
    else:
        pieces: list[str] = []
        used = 2
        items = sorted(value, reverse=True) if isinstance(value, Mapping) else range(len(value))
        for item in items:
            inner = _flat(value[item], room - used)  # type: ignore[index]
            if inner is None:
                return None
            pieces.append(f'"{item}": {inner}' if isinstance(value, Mapping) else inner)
            used += len(pieces[-1]) + (2 if len(pieces) > 1 else 0)
        body = ", ".join(pieces)
        text = "{" + body + "}" if isinstance(value, Mapping) else "[" + body + "]"
    return text if len(text) <= room else None

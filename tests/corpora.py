"""Exports for tests of what stores and compares them: Lean's golden ones, changed ones, and arbitrary ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from xcheck.fixtures.encode import encode_export
from xcheck.fixtures.manifest import Manifest, Replay
from xcheck.fixtures.record import RecordOptions, record
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.primitive_names import primitive_of
from xcheck.lean_parser.printer import print_export
from xcheck.lean_parser.records import (
    At,
    DagItem,
    DetInitItem,
    Export,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LayersOk,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.reference.dag import Let1, Op, Var
from xcheck.reference.graph import Compose, Identity, Prim
from xcheck.reference.operation import Mode, Via
from xcheck.reference.primitives.base import FloatBits
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor

GOLDEN = Path(__file__).parent.parent / "lean_exports" / "golden"
PROFILES = ("05", "06", "07-13", "07-15", "08", "09-c1", "09-c2")
HEADERS = {"torchlean": "b2a2184", "profile": "tl-2026-08"}


@cache
def golden_export(name: str) -> Export:
    """The golden export of a profile, by the end of its name."""
    return read_export(GOLDEN / f"tl-2026-{name}.tlx")


def only(export: Export, *names: str) -> Export:
    """The same export with just these cases."""
    return replace(export, items=tuple(item for item in export.items if item.name in names))


def changed(export: Export, name: str, kind: type, change: Callable[[Item], Item], place: int = 0) -> Export:
    """The same export with one item of one case changed."""
    found = [item for item in export.items if item.name == name and isinstance(item, kind)]
    return replace(export, items=tuple(change(item) if item is found[place] else item for item in export.items))


def flipped(tensor: Tensor, element: int = 0, mask: int = 1) -> Tensor:
    """The same tensor with bits of one element flipped."""
    bits = tensor.bits.copy()
    bits[element] ^= np.uint64(mask)
    return Tensor(tensor.shape, bits)


def flip_output(item: Item) -> Item:
    """A forward whose output has one bit flipped."""
    assert isinstance(item, ForwardItem)
    return replace(item, output=flipped(item.output))


def write(path: Path, export: Export) -> Path:
    """The export as a file."""
    path.write_text(print_export(export))
    return path


def agreeing(folder: Path) -> Replay:
    """A replayer for tests that are not about the replay."""
    return Replay(True, 1, 0, 0, 0)


def recorded(exports: Iterable[Export], target: Path, options: RecordOptions | None = None) -> Manifest:
    """A set of some exports, without a replay."""
    return record(map(encode_export, exports), target, options or RecordOptions(), agreeing)


# Arbitrary records: bit patterns that decimal text or an equality of floats would lose are made likely.
_SPECIAL = [0, 1 << 63, 0x7FF8000000000000, 0x7FF0000000000001, 0xFFF8DEADBEEF0001, 0x7FF0000000000000, 1, 2**64 - 1]
_names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_counters = st.integers(0, 3) | st.integers(0, 10**30)
_shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)
_attribute_names = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True).filter(lambda n: n not in _WORDS)
_WORDS = {"ok", "error", "true", "false", "from", "mode", "via", "layer", "grad", "counts", "prim", "id", "op", "end"}
_WORDS |= {"graph", "seq", "dag", "lower", "init", "forward", "params", "input", "trace", "output", "buffers", "spec"}
_WORDS |= {"eval", "train", "eager", "compiled"}
_values = st.recursive(
    st.integers(0, 2**70) | st.booleans() | _names | st.integers(0, 2**64 - 1).map(FloatBits),
    lambda inner: st.lists(inner, max_size=2).map(tuple),
    max_leaves=4,
)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    shape = draw(_shapes)
    count = int(np.prod(shape, dtype=np.int64))
    bits = draw(st.lists(st.sampled_from(_SPECIAL) | st.integers(0, 2**64 - 1), min_size=count, max_size=count))
    return Tensor(shape, np.array(bits, np.uint64))


_lists = st.lists(tensors(), max_size=3).map(tuple)


@st.composite
def _layers(draw: st.DrawFn) -> LayerRecord:
    params = tuple(draw(st.lists(_shapes, max_size=2)))
    signature = Signature(params, draw(_shapes), draw(_shapes))
    attributes: Mapping[str, object] = draw(st.dictionaries(_attribute_names, _values, max_size=2))
    flags = tuple(draw(st.lists(st.booleans(), max_size=2)))
    return LayerRecord(draw(st.none() | _names), attributes, signature, flags)  # type: ignore[arg-type]


def _graph(name: str, stages: list[tuple[str, tuple[int, ...], bool]], start: tuple[int, ...]) -> GraphItem:
    shape, params = start, ()
    graph: object = Identity(start)
    for stage, output, flag in stages:
        signature = Signature((output,), shape, output)
        params, shape = (*params, output), output
        stage_of = Prim(primitive_of(stage, {}, signature), signature, flag, not flag)
        graph = Compose(graph, stage_of)  # type: ignore[arg-type]
    return GraphItem(name, Signature(params, start, shape), graph)  # type: ignore[arg-type]


@st.composite
def cases(draw: st.DrawFn, name: str) -> list[Item]:
    """The items of one case, its graph or stack first."""
    items: list[Item] = []
    if draw(st.booleans()):
        stages = draw(
            st.lists(st.tuples(st.sampled_from(["myOp", 'a"b', "relu!", "µ"]), _shapes, st.booleans()), max_size=3)
        )
        items.append(_graph(name, stages, draw(_shapes)))
        items.append(DagItem(name, Let1(Op(draw(_names), (Var(0), Var(1))), Var(2))))
        outcome = draw(st.builds(Failed, _names) | st.builds(TensorsOk, _counters, _lists))
        items.append(DetInitItem(name, draw(_counters), outcome))
    else:
        items.append(SeqItem(name, draw(st.lists(_layers(), max_size=1).map(tuple))))
    lowered = draw(
        st.builds(Failed, _names) | st.builds(LayersOk, _counters, st.lists(_layers(), max_size=2).map(tuple))
    )
    items += [LowerItem(name, draw(_counters), lowered), InitItem(name, draw(_counters), draw(_lists))]
    optional = st.none() | _lists
    forwards = st.builds(
        ForwardItem,
        st.just(name),
        _counters,
        st.sampled_from(Mode),
        st.sampled_from(Via),
        optional,
        tensors(),
        _lists,
        tensors(),
        optional,
    )
    return items + draw(st.lists(forwards, max_size=2))


@st.composite
def exports(draw: st.DrawFn) -> Export:
    """An export of a few arbitrary cases, its items in file order."""
    names = draw(st.lists(_names, min_size=1, max_size=3, unique=True))
    items = [item for name in names for item in draw(cases(name))]
    placed = tuple(replace(item, at=At(line, 1)) for line, item in enumerate(items, start=1))
    return Export("arbitrary", {"lean": draw(_names), **HEADERS}, placed)

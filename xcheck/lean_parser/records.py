"""What an export says, item by item, with the place each item stands at. Names are the export format's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from xcheck.reference.dag import Term
from xcheck.reference.graph import Graph
from xcheck.reference.operation import Mode, Via
from xcheck.reference.primitives.base import AttributeValue
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor


@dataclass(frozen=True, slots=True)
class At:
    """1-based line and column of an item's name."""

    line: int
    column: int


_NOWHERE = At(0, 0)


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One layer as Lean shows it: label, attributes the exporter knows, signature, requires-grad flags.

    `plan` is the storage-first initialisation plan in the format's own text (`[xavierUniform 2 3 0, zeros]`, or `none`
    for a layer that carries none), None where the exporter does not say.
    """

    kind: str | None
    attributes: Mapping[str, AttributeValue]
    signature: Signature
    requires_grad: tuple[bool, ...]
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class GraphItem:
    """`graph NAME : sig := expr`."""

    name: str
    signature: Signature
    graph: Graph
    at: At = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SeqItem:
    """`seq NAME := [layers]`."""

    name: str
    layers: tuple[LayerRecord, ...]
    at: At = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class DagItem:
    """`dag NAME := term`."""

    name: str
    term: Term
    at: At = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class LayersOk:
    """`ok NEXT [layers]`."""

    next_index: int
    layers: tuple[LayerRecord, ...]


@dataclass(frozen=True, slots=True)
class TensorsOk:
    """`ok NEXT [tensors]`."""

    next_index: int
    tensors: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """`error STRING`."""

    message: str


@dataclass(frozen=True, slots=True)
class LowerItem:
    """`lower NAME from INDEX := ...`."""

    name: str
    index: int
    outcome: LayersOk | Failed
    at: At = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class InitItem:
    """`init NAME from INDEX := tensors`."""

    name: str
    index: int
    tensors: tuple[Tensor, ...]
    at: At = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class DetInitItem:
    """`det_init NAME from INDEX := ...`."""

    name: str
    index: int
    outcome: TensorsOk | Failed
    at: At = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ForwardItem:
    """`forward NAME from INDEX mode M via V ...`; `params` is None where the initial parameters are meant."""

    name: str
    index: int
    mode: Mode
    via: Via
    params: tuple[Tensor, ...] | None
    input: Tensor
    trace: tuple[Tensor, ...]
    output: Tensor
    buffers: tuple[Tensor, ...] | None
    at: At = field(default=_NOWHERE, compare=False)


Item: TypeAlias = GraphItem | SeqItem | DagItem | LowerItem | InitItem | DetInitItem | ForwardItem


@dataclass(frozen=True, slots=True)
class Export:
    """A whole file: its headers in order, and its items in order. `source` is the name it was read under."""

    source: str = field(compare=False)
    headers: Mapping[str, str]
    items: tuple[Item, ...]

    def case_names(self) -> tuple[str, ...]:
        """The case names (graphs and stacks) in the order they appear."""
        return tuple(item.name for item in self.items if isinstance(item, GraphItem | SeqItem))

    def cases(self) -> Mapping[str, tuple[Item, ...]]:
        """The items of each case, in order, by name."""
        grouped: dict[str, list[Item]] = {}
        for item in self.items:
            grouped.setdefault(item.name, []).append(item)
        return MappingProxyType({name: tuple(items) for name, items in grouped.items()})

"""What travels between us and an oracle, as values: the handshake, requests, answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from xcheck.lean_parser.records import DagItem, DetInitItem, ForwardItem, GraphItem, InitItem, Item, LowerItem, SeqItem
from xcheck.reference.graph import Graph, signature_of
from xcheck.reference.operation import Mode, Via
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor

ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What an oracle says it is: name and value of each pair, in order."""

    pairs: Mapping[str, str]

    @property
    def via(self) -> tuple[str, ...]:
        """The semantics it can run."""
        return tuple(self.pairs["via"].split(","))


@dataclass(frozen=True, slots=True)
class DagAsk:
    """`dag`."""


@dataclass(frozen=True, slots=True)
class LowerAsk:
    """`lower from INDEX`."""

    index: int


@dataclass(frozen=True, slots=True)
class InitAsk:
    """`init from INDEX`."""

    index: int


@dataclass(frozen=True, slots=True)
class DetInitAsk:
    """`det_init from INDEX`."""

    index: int


@dataclass(frozen=True, slots=True)
class ForwardAsk:
    """`forward from INDEX mode M via V [params] input`; `params` is None where the initial ones are meant."""

    index: int
    params: tuple[Tensor, ...] | None
    input: Tensor
    mode: Mode = Mode.EVAL
    via: Via = Via.SPEC


Ask: TypeAlias = DagAsk | LowerAsk | InitAsk | DetInitAsk | ForwardAsk

_KIND: Final[Mapping[type[Ask], str]] = MappingProxyType(
    {DagAsk: "dag", LowerAsk: "lower", InitAsk: "init", DetInitAsk: "det_init", ForwardAsk: "forward"}
)


@dataclass(frozen=True, slots=True)
class Request:
    """One graph under a name, and what is asked of it. `ident` is the request's ID, unique within a session."""

    ident: str
    name: str
    graph: Graph
    asks: tuple[Ask, ...]
    signature: Signature = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signature", signature_of(self.graph))


def kind_of(ask: Ask) -> str:
    """The word an ask starts with."""
    return _KIND[type(ask)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An ask that the oracle cannot answer, and why."""

    ask: Ask
    reason: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """A request that the oracle could not read (`protocol`, `parse`) or type (`type`)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The items of an answer in order and what was refused, or the one complaint."""

    items: tuple[Item, ...] = ()
    refused: tuple[Refusal, ...] = ()
    complaint: Complaint | None = None


def asks_of(items: tuple[Item, ...]) -> tuple[Ask, ...]:
    """What must be asked to get these items of one graph again."""
    found: list[Ask] = []
    for item in items:
        match item:
            case DagItem():
                found.append(DagAsk())
            case LowerItem():
                found.append(LowerAsk(item.index))
            case InitItem():
                found.append(InitAsk(item.index))
            case DetInitItem():
                found.append(DetInitAsk(item.index))
            case ForwardItem():
                found.append(ForwardAsk(item.index, item.params, item.input, item.mode, item.via))
            case GraphItem() | SeqItem():
                pass
    return tuple(found)

"""The oracle protocol, version 1, as text: handshakes read, requests written. See `lean_exports/XCheck/PROTOCOL.md`."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

import numpy as np

from xcheck.lean_parser.printer import print_graph, print_tensor
from xcheck.lean_parser.strings import EscapeError, quote, unquote
from xcheck.oracle.errors import NotAnOracleError, WrongVersionError
from xcheck.oracle.messages import (
    Ask,
    DagAsk,
    DetInitAsk,
    ForwardAsk,
    Handshake,
    InitAsk,
    LowerAsk,
    Request,
    kind_of,
)
from xcheck.tensor import Tensor

VERSION: Final = "1"

STRING: Final = r'"(?:[^"\\\n]|\\.)*"'
_PAIRS: Final = re.compile(rf"\s+([A-Za-z_][A-Za-z0-9_]*)\s+({STRING})")
_REQUIRED: Final = ("lean", "torchlean", "profile", "surface", "via")
_SHOWN: Final = 160  # characters of an oracle's odd output that a message quotes


def canonical(tensor: Tensor) -> Tensor:
    """The tensor with every NaN as Lean writes it: only that survives the way to Lean and back."""
    values = tensor.bits.view(np.float64)
    odd = np.isnan(values)
    if not odd.any():
        return tensor
    return Tensor(tensor.shape, np.where(odd, np.uint64(0x7FF8000000000000), tensor.bits))


def print_request(request: Request) -> str:
    """The request as the oracle reads it."""
    lines = [
        f"request {request.ident}",
        f"graph {quote(request.name)} : {request.signature} :=",
        f"  {print_graph(request.graph)}",
        *map(print_ask, request.asks),
        f"run {request.ident}\n",
    ]
    return "\n".join(lines)


def print_ask(ask: Ask) -> str:
    """One ask, without a final line break."""
    match ask:
        case DagAsk():
            return "dag"
        case LowerAsk(index) | InitAsk(index) | DetInitAsk(index):
            return f"{kind_of(ask)} from {index}"
        case ForwardAsk():
            lines = [f"forward from {ask.index} mode {ask.mode} via {ask.via}"]
            if ask.params is not None:
                body = ",\n".join(f"    {print_tensor(canonical(tensor))}" for tensor in ask.params)
                lines.append(f"params [\n{body}\n  ]" if body else "params []")
            lines.append(f"input {print_tensor(canonical(ask.input))}")
            return "\n  ".join(lines)


def parse_handshake(line: str) -> Handshake:
    """The handshake in an oracle's first line; raises `NotAnOracleError` or `WrongVersionError`."""
    match = re.match(r"xcheck-oracle[ \t]+([^\s]+)", line)
    if match is None:
        raise NotAnOracleError(f"its first line is no handshake: {excerpt(line)}")
    if match[1] != VERSION:
        raise WrongVersionError(f"it speaks version {match[1]} of the protocol, this is version {VERSION}")
    pairs: dict[str, str] = {}
    position, end = match.end(), len(line.rstrip())
    while position < end:
        pair = _PAIRS.match(line, position)
        if pair is None:
            raise NotAnOracleError(f"its handshake cannot be read from column {position + 1} on: {excerpt(line)}")
        if pair[1] in pairs:
            raise NotAnOracleError(f"its handshake gives {pair[1]} twice: {excerpt(line)}")
        try:
            pairs[pair[1]] = unquote(pair[2])
        except EscapeError as error:
            raise NotAnOracleError(f"its handshake cannot be read: {error}: {excerpt(line)}") from None
        position = pair.end()
    missing = [name for name in _REQUIRED if name not in pairs]
    if missing:
        raise NotAnOracleError(f"its handshake has no {', '.join(missing)}: {excerpt(line)}")
    return Handshake(MappingProxyType(pairs))


def excerpt(text: str) -> str:
    """The start of an oracle's odd output, quoted."""
    text = text.rstrip("\r\n")
    shown = text[:_SHOWN]
    return repr(shown) + (f" and {len(text) - len(shown)} characters more" if len(text) > len(shown) else "")

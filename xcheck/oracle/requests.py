"""Files of requests: what `gen` writes, what a recorded disagreement is replayed from, what the exporter answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xcheck.lean_parser.errors import ExportError
from xcheck.lean_parser.export import ExportReader
from xcheck.lean_parser.records import ForwardItem, GraphItem
from xcheck.oracle.errors import RequestError
from xcheck.oracle.messages import ID, Ask, DagAsk, DetInitAsk, ForwardAsk, InitAsk, LowerAsk, Request

_TOKEN: Final = re.compile(
    r"""
    "(?:[^"\\\n]|\\.)*" | 0x[0-9a-f]* | [A-Za-z_][A-Za-z0-9_]* | [\[\](){}] | [^\s"\[\](){}A-Za-z_]+ | "
    """,
    re.VERBOSE,
)
_ASKS: Final = frozenset({"dag", "lower", "init", "det_init", "forward"})
_PLAIN: Final = re.compile(r"(lower|init|det_init)\s+from\s+([0-9]{1,4000})\s*")
_PLAIN_ASKS: Final[dict[str, type[LowerAsk | InitAsk | DetInitAsk]]] = {
    "lower": LowerAsk,
    "init": InitAsk,
    "det_init": DetInitAsk,
}
_NAME: Final = re.compile(r'\s*graph\s*("(?:[^"\\\n]|\\.)*")')
# A forward has no result in a request; with one that says nothing it is an item of the export format.
_NO_RESULT: Final = " trace [] output f64 [0] 0x\n"


def read_requests(path: Path) -> tuple[Request, ...]:
    """The requests in a file; raises `RequestError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RequestError(f"{path}: cannot be opened: {error.strerror or error}") from None
    return parse_requests(data, str(path))


def parse_requests(data: bytes, source: str) -> tuple[Request, ...]:
    """The requests in `data`; raises `RequestError`. Their IDs are unique; nothing else may stand between them."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{source}: byte {error.start} is not UTF-8") from None
    reader = ExportReader()
    found: dict[str, Request] = {}
    for ident, line, body in _blocks(text, source):
        if ident in found:
            raise RequestError(f"{source}:{line}: the ID {ident} stands twice")
        found[ident] = parse_request(ident, body, reader, f"{source}:{line}: request {ident}")
    return tuple(found.values())


def _blocks(text: str, source: str) -> Iterator[tuple[str, int, str]]:
    """ID, 1-based first line and body of each `request ID ... run ID`."""
    ident, start, lines = "", 0, list[str]()
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        if not start:
            match = re.fullmatch(r"request ([^ ]*)", line)
            if match is not None and ID.fullmatch(match[1]):
                ident, start, lines = match[1], number, []
            elif line.strip():
                raise RequestError(f"{source}:{number}: expected 'request ID', got {line[:80]!r}")
        elif line.startswith("request "):
            raise RequestError(f"{source}:{number}: request {ident} is not finished where the next one begins")
        elif line == "run" or line.startswith("run "):
            if line != f"run {ident}":
                raise RequestError(f"{source}:{number}: expected 'run {ident}', got {line[:80]!r}")
            yield ident, start, "\n".join(lines)
            start = 0
        else:
            lines.append(line)
    if start:
        raise RequestError(f"{source}:{start}: request {ident} has no 'run {ident}'")


def parse_request(ident: str, body: str, reader: ExportReader, where: str) -> Request:
    """The request between `request ID` and `run ID`; raises `RequestError`, whose text starts with `where`."""
    graph, *asks = _segments(body, where)
    name = _NAME.match(graph)
    if name is None:
        raise RequestError(f"{where}: it does not start with a graph")
    forwards = [f"forward {name[1]} {ask[len('forward') :]}{_NO_RESULT}" for ask in asks if ask.startswith("forward")]
    text = f"torchlean_export v1\n{graph}\n{''.join(forwards)}end {1 + len(forwards)}\n"
    try:
        subject, *items = reader.read(text.encode("utf-8"), where).items
    except ExportError as error:
        raise RequestError(f"{where}: {error.message}") from None
    if not isinstance(subject, GraphItem):
        raise RequestError(f"{where}: it does not start with a graph")
    runs = (
        ForwardAsk(item.index, item.params, item.input, item.mode, item.via)
        for item in items
        if isinstance(item, ForwardItem)
    )
    answered = tuple(next(runs) if ask.startswith("forward") else _plain(ask, where) for ask in asks)
    return Request(ident, subject.name, subject.graph, answered)


def _plain(text: str, where: str) -> Ask:
    if text.strip() == "dag":
        return DagAsk()
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise RequestError(f"{where}: {text.strip()[:80]!r} is not 'dag', 'lower', 'init' or 'det_init' from a number")
    return _PLAIN_ASKS[match[1]](int(match[2]))


def _segments(body: str, where: str) -> list[str]:
    """The graph and each ask: a word of an ask outside every bracket starts the next one."""
    starts = [0]
    depth = 0
    for match in _TOKEN.finditer(body):
        token = match[0]
        if token == '"':
            raise RequestError(f"{where}: a string that is not closed on its line")
        if token[0] == '"':
            continue
        if "--" in token or "/-" in token:
            raise RequestError(f"{where}: a request has no comments")
        if token in "[({":
            depth += 1
        elif token in "])}":
            depth -= 1
        elif depth == 0 and token in _ASKS:
            starts.append(match.start())
    return [body[start:stop] for start, stop in zip(starts, [*starts[1:], len(body)], strict=True)]

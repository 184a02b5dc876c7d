"""Answers of an oracle: where one ends in the stream, and what it says to each ask."""

from __future__ import annotations

import re
from typing import Final

from xcheck.lean_parser.errors import EndCountError, ExportError
from xcheck.lean_parser.export import ExportReader
from xcheck.lean_parser.printer import print_graph
from xcheck.lean_parser.records import DagItem, DetInitItem, ForwardItem, GraphItem, InitItem, Item, LowerItem
from xcheck.lean_parser.strings import EscapeError, quote, unquote
from xcheck.oracle.errors import GarbageError, OtherAnswerError
from xcheck.oracle.messages import (
    Answer,
    Ask,
    Complaint,
    DagAsk,
    DetInitAsk,
    ForwardAsk,
    InitAsk,
    LowerAsk,
    Refusal,
    Request,
    kind_of,
)
from xcheck.oracle.protocol import STRING, canonical, excerpt, print_ask

_SPECIAL_ENTRY: Final = re.compile(rf"(refused|error) ([a-z_]+) ({STRING})[ \t\r]*$", re.MULTILINE)
_ERROR_CLASSES: Final = ("protocol", "parse", "type")
_HEAD_SEEN: Final = 200  # bytes of a wrong first line that are looked at


class AnswerFrame:
    """Finds where the answer to one request ends in the bytes that have come so far."""

    def __init__(self, ident: str) -> None:
        self._ident = ident
        self._head = f"answer {ident}\n".encode("ascii")
        self._searched = 0

    def end(self, buffer: bytearray) -> int | None:
        """The length of the complete answer at the start of `buffer`, None while it is not complete.

        Raises `GarbageError` or `OtherAnswerError` as soon as it cannot become one.
        """
        if not self._searched:
            if not buffer.startswith(self._head):
                self._check_head(buffer)
                return None
            self._searched = len(self._head) - 1
        mark = buffer.find(b"\ndone ", self._searched)
        if mark < 0:
            self._searched = max(self._searched, len(buffer) - len(b"\ndone ") + 1)
            return None
        self._searched = mark
        stop = buffer.find(b"\n", mark + 1)
        return None if stop < 0 else stop + 1

    def _check_head(self, buffer: bytearray) -> None:
        line, found, _ = bytes(buffer[: len(self._head) + _HEAD_SEEN]).partition(b"\n")
        if not found and self._head.startswith(line):
            return
        text = line.decode("utf-8", "replace")
        other = re.fullmatch(r"answer ([A-Za-z0-9._-]+)\r?", text)
        if other is not None and found and other[1] != "-":
            raise OtherAnswerError(f"request {self._ident} was answered by an answer to {other[1]}")
        if found or not self._may_become_an_answer(line):
            raise GarbageError(f"request {self._ident} was answered by {excerpt(text)}")

    def _may_become_an_answer(self, line: bytes) -> bool:
        # The head of an answer to another request, still without its line break.
        return b"answer ".startswith(line[:7]) and len(line) < len(b"answer ") + 65


def parse_answer(request: Request, data: bytes, reader: ExportReader) -> Answer:
    """The answer to `request` in one complete frame.

    Raises `GarbageError` where it is not in the grammar, `OtherAnswerError` where it does not belong to the request.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise GarbageError(f"the answer to {request.ident} is not UTF-8 at byte {error.start}") from None
    body, count = _unframed(request, text)
    special = _special_entries(body)
    items = _items(request, body, special, count, reader)
    complaint = next((match for match, _ in special if match[1] == "error"), None)
    if complaint is not None:
        if count != 1 or complaint[2] not in _ERROR_CLASSES:
            raise GarbageError(f"the answer to {request.ident} is both an error and more: {excerpt(complaint[0])}")
        return Answer(complaint=Complaint(complaint[2], _unquoted(request, complaint[3])))
    return _matched(request, items, special)


def _unframed(request: Request, text: str) -> tuple[str, int]:
    """The text between the frame's first and last line, with the number of entries the last one gives."""
    start = text.index("\n") + 1
    stop = text.rindex("\n", 0, len(text) - 1) + 1
    last = text[stop:].rstrip()
    match = re.fullmatch(r"done ([^ ]+) ([0-9]{1,18})", last)
    if match is None:
        raise GarbageError(f"the answer to {request.ident} ends with {excerpt(last)}")
    if match[1] != request.ident:
        raise OtherAnswerError(f"the answer to {request.ident} ends as an answer to {match[1]}")
    return text[start:stop], int(match[2])


def _special_entries(body: str) -> list[tuple[re.Match[str], int]]:
    """The `refused` and `error` entries with the line each stands on, counted as the export reader will."""
    if "\nrefused " not in body and "\nerror " not in body and not body.startswith(("refused ", "error ")):
        return []
    found = []
    for match in _SPECIAL_ENTRY.finditer(body):
        if match.start() == 0 or body[match.start() - 1] == "\n":
            found.append((match, body.count("\n", 0, match.start()) + 2))
    return found


def _items(
    request: Request, body: str, special: list[tuple[re.Match[str], int]], count: int, reader: ExportReader
) -> tuple[Item, ...]:
    """The items of an answer, read as an export of their own; `special` entries are blanked out first."""
    pieces: list[str] = []
    copied = 0
    for match, _ in special:
        pieces.append(body[copied : match.start()])
        copied = match.end()
    pieces.append(body[copied:])
    if count < len(special):
        raise GarbageError(f"the answer to {request.ident} says {count} entries, it has more")
    text = "torchlean_export v1\n" + "".join(pieces) + f"end {count - len(special)}\n"
    try:
        return reader.read(text.encode("utf-8"), f"answer to {request.ident}").items
    except EndCountError as error:
        raise GarbageError(f"the answer to {request.ident} has another number of entries: {error.message}") from None
    except ExportError as error:
        raise GarbageError(f"an answer that cannot be read: {error}") from None


def _matched(request: Request, items: tuple[Item, ...], special: list[tuple[re.Match[str], int]]) -> Answer:
    """Entries and asks, side by side; raises `OtherAnswerError` where they are not about the same thing."""
    entries: list[tuple[int, Item | re.Match[str]]] = [(item.at.line, item) for item in items]
    entries += [(line, match) for match, line in special]
    entries.sort(key=lambda entry: entry[0])
    if len(entries) != 1 + len(request.asks):
        raise OtherAnswerError(
            f"request {request.ident} asked for 1 graph and {len(request.asks)} items, {len(entries)} came"
        )
    subject = entries[0][1]
    if not isinstance(subject, GraphItem) or subject.name != request.name:
        raise OtherAnswerError(f"the answer to {request.ident} does not begin with the graph {quote(request.name)}")
    if subject.graph != request.graph:
        raise OtherAnswerError(
            f"the answer to {request.ident} is about another graph:\n    asked    {print_graph(request.graph)}\n"
            f"    answered {print_graph(subject.graph)}"
        )
    refused: list[Refusal] = []
    for ask, (_, entry) in zip(request.asks, entries[1:], strict=True):
        if isinstance(entry, re.Match):
            if entry[2] != kind_of(ask):
                raise OtherAnswerError(f"request {request.ident} asked for {kind_of(ask)}, {entry[2]} was refused")
            refused.append(Refusal(ask, _unquoted(request, entry[3])))
        elif entry.name != request.name or not _answers(entry, ask):
            shown = print_ask(ask).splitlines()[0]
            raise OtherAnswerError(f"request {request.ident}: what was answered to {shown!r} is not what was asked")
    return Answer(items, tuple(refused))


def _answers(item: Item, ask: Ask) -> bool:
    match item, ask:
        case DagItem(), DagAsk():
            return True
        case LowerItem(), LowerAsk():
            return item.index == ask.index
        case InitItem(), InitAsk():
            return item.index == ask.index
        case DetInitItem(), DetInitAsk():
            return item.index == ask.index
        case ForwardItem(), ForwardAsk():
            return (
                (item.index, item.mode, item.via) == (ask.index, ask.mode, ask.via)
                and (item.params is None) == (ask.params is None)
                and tuple(map(canonical, item.params or ())) == tuple(map(canonical, ask.params or ()))
                and canonical(item.input) == canonical(ask.input)
            )
        case _:
            return False


def _unquoted(request: Request, literal: str) -> str:
    try:
        return unquote(literal)
    except EscapeError as error:
        raise GarbageError(f"the answer to {request.ident} has a bad string: {error}") from None

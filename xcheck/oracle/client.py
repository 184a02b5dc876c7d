"""An oracle as its users see it: start it, ask it, and every misbehaviour is an `OracleError` of its own class."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from xcheck.lean_parser.export import ExportReader
from xcheck.oracle.answers import AnswerFrame, parse_answer
from xcheck.oracle.errors import (
    CannotStartError,
    ChangedOracleError,
    CutAnswerError,
    DiedAtStartError,
    DiedError,
    GarbageError,
    NotAnOracleError,
    OracleError,
    StartTimeoutError,
    TimedOutError,
)
from xcheck.oracle.messages import Answer, Handshake, Request
from xcheck.oracle.process import Child, ChildEnded, ExchangeTimeout
from xcheck.oracle.protocol import excerpt, parse_handshake, print_request

_HANDSHAKE_AT_MOST: Final = 1 << 16  # bytes without a line break that can still be a handshake


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds until the handshake, until each answer, and to end by itself; bytes that no answer is longer than."""

    start: float = 300.0
    request: float = 60.0
    end: float = 2.0
    answer_bytes: int = 1 << 28


class Oracle:
    """A live oracle. Use it as a context manager: on the way out no process of it is left, whatever happened.

    A process that dies or hangs during a request is started once more and the request sent again; only where that
    fails too is it an error. Anything else an oracle does wrong is an error at once.
    """

    def __init__(self, command: Sequence[str], limits: Limits | None = None) -> None:
        self._command = tuple(command)
        self._limits = limits or Limits()
        self._reader = ExportReader()
        self._child: Child | None = None
        self._handshake: Handshake | None = None
        self._restarts = 0

    def __enter__(self) -> Oracle:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        try:
            if kind is None:
                child.close(b"quit\n", self._limits.end)
        finally:
            child.kill()

    @property
    def handshake(self) -> Handshake:
        """What it says it is. Raises `ValueError` before it was started."""
        if self._handshake is None:
            raise ValueError("the oracle has not been started")
        return self._handshake

    @property
    def restarts(self) -> int:
        """How many times it had to be started again."""
        return self._restarts

    def ask(self, request: Request) -> Answer:
        """The answer to `request`; raises `OracleError`."""
        data = print_request(request).encode("utf-8")
        frame = self._ask_twice(request.ident, data)
        try:
            return parse_answer(request, frame, self._reader)
        except OracleError as error:
            raise self._told(error) from None

    def _ask_twice(self, ident: str, data: bytes) -> bytes:
        try:
            return self._ask_once(ident, data)
        except (DiedError, CutAnswerError, TimedOutError) as first:
            self._drop()
            self._start(again=True)
            self._restarts += 1
            try:
                return self._ask_once(ident, data)
            except (DiedError, CutAnswerError, TimedOutError) as second:
                raise type(second)(f"{second.message}, after a restart as well", second.stderr) from first

    def _ask_once(self, ident: str, data: bytes) -> bytes:
        child = self._running()
        unasked = child.leftover()
        if unasked:
            raise self._told(GarbageError(f"it said something unasked: {_shown(unasked)}"))
        frame = AnswerFrame(ident)

        def end(buffer: bytearray) -> int | None:
            length = frame.end(buffer)
            if length is None and len(buffer) > self._limits.answer_bytes:
                raise GarbageError(f"the answer to {ident} has no end after {len(buffer):,} bytes")
            return length

        try:
            return child.exchange(data, end, self._limits.request)
        except ExchangeTimeout as late:
            part = f", only {len(late.said):,} bytes of it" if late.said else ""
            message = f"no answer to request {ident} within {self._limits.request:g} s{part}"
            raise self._told(TimedOutError(message)) from None
        except ChildEnded as ended:
            if ended.said:
                part = f"in the middle of its answer to request {ident}, after {_shown(ended.said)}"
                raise self._told(CutAnswerError(f"it {ended.how} {part}")) from None
            raise self._told(DiedError(f"it {ended.how} instead of answering request {ident}")) from None
        except OracleError as error:
            raise self._told(error) from None

    def _start(self, *, again: bool = False) -> None:
        try:
            child = self._child = Child(self._command)
        except OSError as error:
            raise CannotStartError(
                f"the oracle cannot be started: {shlex.join(self._command)}: {error.strerror or error}"
            ) from None
        try:
            handshake = self._shake(child)
            if again and handshake != self._handshake:
                raise ChangedOracleError("after a restart the oracle says that it is another one")
        except BaseException as error:
            child.kill()
            self._child = None
            if isinstance(error, OracleError):
                raise self._told(error, child) from None
            raise
        self._handshake = handshake

    def _shake(self, child: Child) -> Handshake:
        def end(buffer: bytearray) -> int | None:
            stop = buffer.find(b"\n")
            if stop < 0 and len(buffer) > _HANDSHAKE_AT_MOST:
                raise NotAnOracleError(f"its first line is no handshake: {_shown(bytes(buffer))}")
            return None if stop < 0 else stop + 1

        try:
            line = child.exchange(b"", end, self._limits.start)
        except ExchangeTimeout as late:
            part = f", only {_shown(late.said)}" if late.said else ""
            raise StartTimeoutError(f"no handshake within {self._limits.start:g} s{part}") from None
        except ChildEnded as ended:
            part = f", after {_shown(ended.said)}" if ended.said else ""
            raise DiedAtStartError(f"it {ended.how} before its handshake{part}") from None
        return parse_handshake(line.decode("utf-8", "replace"))

    def _running(self) -> Child:
        if self._child is None:
            raise ValueError("the oracle is not running")
        return self._child

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _told(self, error: OracleError, child: Child | None = None) -> OracleError:
        """The error with the command in front and the process's standard error behind."""
        speaker = child or self._child
        stderr = speaker.stderr if speaker is not None else ""
        return type(error)(f"oracle {shlex.join(self._command)}: {error.message}", error.stderr or stderr)


def _shown(data: bytes) -> str:
    return excerpt(data.decode("utf-8", "replace"))

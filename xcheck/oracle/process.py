"""A child process spoken to over pipes, with a deadline on every exchange.

The child leads a process group of its own, and the whole group is killed when we are done with it, so that what the
child started (`lake` starts `sh`, which starts `lean`) goes with it. Nothing here knows the protocol.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Final

_CHUNK: Final = 1 << 16
_CHUNKS_AT_ONCE: Final = 16  # so that a child that never stops talking cannot keep us from the clock
_STDERR_KEPT: Final = 1 << 14  # bytes of standard error kept for messages
_LAST_WORDS: Final = 0.5  # seconds that a child which closed its output is given to end and to say why


class ExchangeTimeout(Exception):  # noqa: N818  (it is a fact about the child, the client says which error it is)
    """The deadline passed; `said` is what had come until then."""

    def __init__(self, said: bytes) -> None:
        super().__init__("timeout")
        self.said = said


class ChildEnded(Exception):  # noqa: N818
    """The child closed its output; `said` is what had come until then, `how` says how it ended."""

    def __init__(self, said: bytes, how: str) -> None:
        super().__init__(how)
        self.said = said
        self.how = how


class Child:
    """A running child process. Raises `OSError` where it cannot be started."""

    def __init__(self, command: Sequence[str]) -> None:
        # Its own session: a Ctrl-C at the terminal reaches us alone, and we end the group in order.
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self._buffer = bytearray()
        self._stderr = bytearray()
        self._in, self._out, self._err = (
            _pipe(self._process.stdin),
            _pipe(self._process.stdout),
            _pipe(self._process.stderr),
        )
        self._waiting = selectors.DefaultSelector()
        for stream in (self._in, self._out, self._err):
            os.set_blocking(stream.fileno(), False)
        self._waiting.register(self._out, selectors.EVENT_READ)
        self._waiting.register(self._err, selectors.EVENT_READ)
        self._alive = True

    @property
    def stderr(self) -> str:
        """The end of what it wrote to standard error."""
        return self._stderr.decode("utf-8", "replace")

    def leftover(self) -> bytes:
        """What it has said without being asked."""
        self._take(self._out, self._buffer)
        return bytes(self._buffer)

    def exchange(self, data: bytes, end: Callable[[bytearray], int | None], seconds: float) -> bytes:
        """Send `data`, then read until `end` tells the length of a complete message; gives that message.

        Raises `ExchangeTimeout`, `ChildEnded`, and whatever `end` raises.
        """
        deadline = time.monotonic() + seconds
        left = memoryview(data)
        if left:
            left = self._send(left)
        sending = bool(left)
        if sending:
            self._waiting.register(self._in, selectors.EVENT_WRITE)
        try:
            while True:
                length = end(self._buffer) if self._buffer else None
                if length is not None:
                    message = bytes(self._buffer[:length])
                    del self._buffer[:length]
                    return message
                rest = deadline - time.monotonic()
                if rest <= 0:
                    raise ExchangeTimeout(bytes(self._buffer))
                for key, _ in self._waiting.select(rest):
                    if key.fileobj is self._in:
                        left = self._send(left)
                        if not left:
                            sending = False
                            self._waiting.unregister(self._in)
                    elif key.fileobj is self._err:
                        self._hear_stderr()
                    elif not self._take(self._out, self._buffer):
                        length = end(self._buffer) if self._buffer else None
                        if length is None:
                            raise ChildEnded(bytes(self._buffer), self._last_words())
        finally:
            if sending:
                self._waiting.unregister(self._in)

    def close(self, farewell: bytes, seconds: float) -> None:
        """Say `farewell`, close its input, give it `seconds` to end by itself, then end its group."""
        if self._alive:
            self._send(memoryview(farewell))
            with suppress(OSError):
                self._in.close()
            with suppress(ExchangeTimeout, ChildEnded):
                self.exchange(b"", lambda _: None, seconds)
        self.kill()

    def kill(self) -> None:
        """End the whole process group now and collect the child. Does nothing the second time."""
        if not self._alive:
            return
        self._alive = False
        # Before the child is collected its number cannot belong to anybody else.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._take(self._err, self._stderr)
        self._waiting.close()
        for stream in (self._in, self._out, self._err):
            with suppress(OSError):
                stream.close()

    def _send(self, data: memoryview) -> memoryview:
        """What of `data` could not be written yet; nothing once nobody reads it any more."""
        while data:
            try:
                data = data[os.write(self._in.fileno(), data) :]
            except BlockingIOError:
                return data
            except (BrokenPipeError, ValueError):
                # It reads no more. Why, its output or its end will say.
                return data[len(data) :]
        return data

    def _take(self, stream: IO[bytes], into: bytearray) -> bool:
        """Read what is there; whether the stream is still open."""
        try:
            for _ in range(_CHUNKS_AT_ONCE):
                chunk = os.read(stream.fileno(), _CHUNK)
                into += chunk
                if len(chunk) < _CHUNK:
                    return bool(chunk)
        except BlockingIOError:
            pass
        return True

    def _hear_stderr(self) -> None:
        if not self._take(self._err, self._stderr):
            with suppress(KeyError):
                self._waiting.unregister(self._err)
        del self._stderr[: max(0, len(self._stderr) - _STDERR_KEPT)]

    def _last_words(self) -> str:
        """How the child ended, once its output is closed; its standard error is read to the end."""
        deadline = time.monotonic() + _LAST_WORDS
        while (status := self._status()) is None and time.monotonic() < deadline:
            time.sleep(0.005)
        self._hear_stderr()
        if status is None:
            return "closed its output without ending"
        if status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with status {status}"

    def _status(self) -> int | None:
        """The exit status, negative for a signal, without collecting the child."""
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the child has no such pipe")
    return stream

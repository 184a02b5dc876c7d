"""What can be wrong with an oracle: one class for each way it can misbehave. All of them mean "could not compare"."""

from __future__ import annotations

from typing import Final

_STDERR_LINES: Final = 20


class OracleError(Exception):
    """An oracle that cannot be used. `stderr` is the end of what it wrote to standard error."""

    def __init__(self, message: str, stderr: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.stderr = stderr

    def __str__(self) -> str:
        said = self.stderr.strip("\n").splitlines()[-_STDERR_LINES:]
        if not said:
            return self.message
        return "\n".join([self.message, "its standard error ended with:", *(f"    {line}" for line in said)])


class CannotStartError(OracleError):
    """There is no such program, or it may not be run."""


class StartTimeoutError(OracleError):
    """It started, but its handshake did not come in time."""


class DiedAtStartError(OracleError):
    """It ended before its handshake was complete."""


class NotAnOracleError(OracleError):
    """Its first line is no handshake."""


class WrongVersionError(OracleError):
    """It speaks another version of the protocol."""


class ClaimError(OracleError):
    """Its profile, revision and surface are unknown or contradict each other."""


class ChangedOracleError(OracleError):
    """After a restart it is not the same oracle."""


class TimedOutError(OracleError):
    """An answer did not come in time."""


class DiedError(OracleError):
    """It ended instead of answering."""


class CutAnswerError(OracleError):
    """It ended in the middle of an answer."""


class GarbageError(OracleError):
    """What it wrote is no answer of the protocol."""


class OtherAnswerError(OracleError):
    """It answered another request, or something that was not asked."""


class RequestError(Exception):
    """A file of requests that cannot be read; the text says where and why."""

"""What can be wrong with a TorchLean parameter file: one class for each fault."""

from __future__ import annotations

from pathlib import Path


class CheckpointError(ValueError):
    """A parameter file that cannot be read; `path` names it, `offset` is the byte where reading stopped, if known."""

    def __init__(self, path: Path | str, message: str, offset: int | None = None) -> None:
        place = "" if offset is None else f" (at byte {offset})"
        super().__init__(f"{path}: {message}{place}")
        self.path = str(path)
        self.offset = offset


class NotACheckpointError(CheckpointError):
    """The file starts neither with a known magic nor as a JSON object."""


class WrongVersionError(CheckpointError):
    """A known magic with a version this reader does not know."""


class WrongTagError(CheckpointError):
    """A JSON file whose `format` is not a TorchLean tag, or a tag whose values are not read here."""


class MalformedCheckpointError(CheckpointError):
    """A JSON file that is not of the layout: a syntax fault, a missing or repeated field, a value of another type."""


class TruncatedCheckpointError(CheckpointError):
    """The file ends before its content does."""


class TrailingDataError(CheckpointError):
    """Something follows the last tensor."""


class WrongShapeError(CheckpointError):
    """A tensor whose element count does not fit its shape, or shapes other than the expected ones."""


class OutOfRangeWordError(CheckpointError):
    """A value outside 0 ... 2^64 - 1, or 2^32 - 1 for the float32 tags."""


class NonCanonicalNanError(CheckpointError):
    """A NaN that Lean's decoder rejects: the state tags hold Lean's own canonical NaN only."""

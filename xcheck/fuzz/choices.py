"""Where a generator's decisions come from. 0 is always the simplest choice."""

from __future__ import annotations

import random
from typing import Protocol


class Choices(Protocol):
    """A source of decisions."""

    def below(self, count: int) -> int:
        """A number from 0 up to but without `count`, which is at least 1."""

    def data(self, count: int) -> bytes:
        """`count` bytes."""


class SeededChoices:
    """Decisions from a seed: the same ones in every run and on every machine."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, count: int) -> int:
        """A number from 0 up to but without `count`."""
        return self._random.randrange(count)

    def data(self, count: int) -> bytes:
        """`count` bytes."""
        return self._random.randbytes(count)


class ByteChoices:
    """Decisions from bytes, one each; after the last of them every decision is the simplest one."""

    def __init__(self, data: bytes) -> None:
        self._left = iter(data)

    def below(self, count: int) -> int:
        """A number from 0 up to but without `count`."""
        return next(self._left, 0) % count

    def data(self, count: int) -> bytes:
        """`count` bytes."""
        return bytes(next(self._left, 0) for _ in range(count))

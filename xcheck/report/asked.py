"""What a check was asked to do: what its reports say about it besides what it found."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from xcheck.compare.policy import EXACT, Policy


@dataclass(frozen=True, slots=True)
class Asked:
    """The paths, and the options that bear on the results. `model` are the arguments that name a model.

    What only bears on speed or on where the report goes is left out: the same results are the same report.
    """

    paths: tuple[str, ...]
    profile: str = "auto"
    contains: str = ""
    exactly: str | None = None
    max_fail: int | None = None
    policy: Policy = EXACT
    known: str | None = None
    model: tuple[str, ...] = ()
    allow_incomparable: bool = False

    def command(self) -> str:
        """The command line that finds the same again."""
        return shlex.join(["xcheck", "check", *self.paths, *self._options()])

    def _options(self) -> Iterator[str]:
        if self.profile != "auto":
            yield from ("--profile", self.profile)
        if self.contains:
            yield from ("-k", self.contains)
        if self.exactly is not None:
            yield from ("--case", self.exactly)
        if self.max_fail is not None:
            yield from ("--max-fail", str(self.max_fail))
        for allowance in self.policy.allowances:
            yield from ("--allow-ulp", str(allowance))
        if not self.policy.diagnose:
            yield "--no-diagnose"
        if self.known is not None:
            yield from ("--known", self.known)
        yield from self.model
        if self.allow_incomparable:
            yield "--allow-incomparable"

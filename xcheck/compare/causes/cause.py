"""A row of the table of causes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from xcheck.compare.causes.case import About, FailedCase
from xcheck.compare.policy import Policy
from xcheck.compare.variant import Variant


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which a cause may have acted, to be tried on the case.

    It is tried by replaying the failing items with `variant`, or by comparing them under `policy`; or it accounts for
    the troubles numbered in `covers` by what is seen in them already. `look` stands in for the cause's own.
    """

    says: str
    variant: Variant | None = None
    policy: Policy | None = None
    covers: frozenset[int] = frozenset()
    look: str | None = None


class Unless(StrEnum):
    """When a cause is not tried: it would only say less precisely what another has said."""

    NEVER = "never"
    EXPLAINED_AND_HOLDS = "one before it explains the whole case, and the items that agree agree under it too"
    EXPLAINED = "one before it explains the whole case"


@dataclass(frozen=True, slots=True)
class Cause:
    """`name` is what reports call it, `about` what it can show in, `look` what to look at in Lean.

    `candidates` are tried in order until one explains the whole case. `unless` says what makes it not worth trying.
    """

    name: str
    about: frozenset[About]
    look: str
    candidates: Callable[[FailedCase], Iterable[Candidate]]
    unless: Unless = Unless.NEVER


INITIAL = frozenset({About.INITIAL})
FORWARD = frozenset({About.FORWARD})
COUNTED = frozenset({About.INITIAL, About.LAYERS})
EVERYTHING = frozenset(About)

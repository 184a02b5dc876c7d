"""Another revision's semantics: one axis of the profile, or another profile as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import EVERYTHING, Candidate, Cause
from xcheck.compare.variant import Variant
from xcheck.reference.profile import AXES, PROFILES, Axis, axis_value


def _axis(axis: Axis) -> Cause:
    def candidates(case: FailedCase) -> Iterator[Candidate]:
        mine = getattr(case.profile, axis.field)
        for value in dict.fromkeys(getattr(profile, axis.field) for profile in PROFILES):
            if value != mine:
                other = replace(case.profile, **{axis.field: value})
                says = f"{axis.decides}: Lean has {axis_value(other, axis)}, {case.profile.name} has "
                yield Candidate(says + axis_value(case.profile, axis), Variant(other))

    return Cause(axis.field, EVERYTHING, f"{axis.source}, where it changed", candidates)


def _profile(case: FailedCase) -> Iterator[Candidate]:
    for profile in PROFILES:
        if profile != case.profile:
            says = f"the whole case is of profile {profile.name}, not of {case.profile.name}"
            look = f"the checkout's revision: {profile.name} is TorchLean {', '.join(profile.commits)}"
            yield Candidate(says, Variant(profile), look=look)


# The surface says how source is written; no exported value depends on it.
REVISIONS = (
    *(_axis(axis) for axis in AXES if axis.field != "surface"),
    Cause("profile", EVERYTHING, "the checkout's revision", _profile, last=True),
)

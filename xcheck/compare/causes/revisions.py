"""Another revision's semantics: one axis of the profile, or another profile as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import EVERYTHING, Candidate, Cause, Unless
from xcheck.compare.variant import each_layer
from xcheck.reference.profile import AXES, PROFILES, Axis, Profile, axis_value, differing_axes


def _axis(axis: Axis) -> Cause:
    def candidates(case: FailedCase) -> Iterator[Candidate]:
        if axis.field == "kinds":
            bare = each_layer(lambda _, layer: replace(layer, kind=None))
            yield Candidate(f"{axis.decides}: Lean's layers have none", case.variant(alter=bare))
        mine = getattr(case.profile, axis.field)
        for value in dict.fromkeys(getattr(profile, axis.field) for profile in PROFILES):
            if value != mine:
                other = replace(case.profile, **{axis.field: value})
                says = f"{axis.decides}: Lean has {axis_value(other, axis)}, {case.profile.name} has "
                yield Candidate(says + axis_value(case.profile, axis), case.variant(other))

    return Cause(axis.field, EVERYTHING, f"{axis.source}, where it changed", candidates)


def _profile(case: FailedCase) -> Iterator[Candidate]:
    for profile in PROFILES:
        if profile != case.profile and case.follows(case.variant(profile), case.failing):
            needed = " and ".join(axis.field for axis in _needed(case, profile))
            says = f"the whole case is of profile {profile.name}, not of {case.profile.name} ({needed} differ)"
            look = f"the checkout's revision: {profile.name} is TorchLean {', '.join(profile.commits)}"
            yield Candidate(says, case.variant(profile), look=look)


def _needed(case: FailedCase, other: Profile) -> Iterator[Axis]:
    """The axes without which the other profile would not explain the case."""
    for axis in differing_axes(case.profile, other):
        without = replace(other, **{axis.field: getattr(case.profile, axis.field)})
        if not case.follows(case.variant(without), case.failing):
            yield axis


# The surface says how source is written; no exported value depends on it.
REVISIONS = (
    *(_axis(axis) for axis in AXES if axis.field != "surface"),
    Cause("profile", EVERYTHING, "the checkout's revision", _profile, unless=Unless.EXPLAINED_AND_HOLDS),
)

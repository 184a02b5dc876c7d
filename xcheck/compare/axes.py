"""Which semantic axes explain a change: found by replaying both sides under both profiles and what lies between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from xcheck.compare.predict import Subject
from xcheck.compare.variant import Variant
from xcheck.lean_parser.records import Item
from xcheck.reference.profile import Axis, Profile, axis_value, differing_axes, variants

_NAMES: Final = {
    "kinds": "layer labels",
    "linear_seed": "linear seeds",
    "conv_seed": "conv seeds",
    "batch_norm_eps": "batch-norm eps",
    "max_pool": "max-pool order",
    "missing_layer": "missing-layer wording",
}


def axis_text(axis: Axis, old: Profile, new: Profile) -> str:
    """The change of one axis as a person reads it: `sampler lcg -> splitmix64`."""
    name = _NAMES.get(axis.field, axis.field.replace("_", " "))
    return f"{name} {_value(axis, old)} -> {_value(axis, new)}"


def _value(axis: Axis, profile: Profile) -> str:
    return re.sub(r"e([-+])0", r"e\1", axis_value(profile, axis))


class Explainer:
    """Explains items of cases that go from one profile to another; remembers what explained the ones before."""

    def __init__(self, old: Profile | None, new: Profile | None) -> None:
        self._old = old
        self._new = new if new is not None else old
        self._axes = differing_axes(old, self._new) if old is not None and self._new is not None else ()
        self._worked: Counter[tuple[Axis, ...]] = Counter()

    def explain(self, old_subject: Subject, old: Item, new_subject: Subject, new: Item) -> tuple[str, ...]:
        """The smallest set of axes whose change turns the one item into the other; `()` where there is none.

        The old item must follow from the old profile, and the new one from the old profile with just these axes
        changed; every one of them must be needed.
        """
        if self._old is None or self._new is None or not old_subject.follows(old, Variant(self._old)):
            return ()
        if new_subject.follows(new, Variant(self._old)):
            # Nothing about the profile made the difference: the case itself says something else.
            return self.spelling() if old_subject.item != new_subject.item else ()
        axes = self._between(new_subject, new, self._old, self._new)
        if axes:
            self._worked[axes] += 1
            return tuple(axis_text(axis, self._old, self._new) for axis in axes)
        for axis, variant in variants(self._old):
            if new_subject.follows(new, Variant(variant)):
                return (axis_text(axis, self._old, variant),)
        return ()

    def spelling(self) -> tuple[str, ...]:
        """The axis behind a graph that is only written differently: the surface, where that changed."""
        if self._old is None or self._new is None:
            return ()
        return tuple(axis_text(axis, self._old, self._new) for axis in self._axes if axis.field == "surface")

    def _between(self, subject: Subject, item: Item, old: Profile, new: Profile) -> tuple[Axis, ...]:
        def needed(axes: Iterable[Axis]) -> tuple[Axis, ...]:
            return tuple(a for a in axes if not subject.follows(item, Variant(_with(new, old, (a,)))))

        for known, _ in self._worked.most_common():
            if subject.follows(item, Variant(_with(old, new, known))) and needed(known) == known:
                return known
        if not self._axes or not subject.follows(item, Variant(new)):
            return ()
        found = needed(self._axes)
        if found and subject.follows(item, Variant(_with(old, new, found))):
            return found
        return next(((a,) for a in self._axes if subject.follows(item, Variant(_with(old, new, (a,))))), ())


def _with(base: Profile, other: Profile, axes: Iterable[Axis]) -> Profile:
    """`base` with these axes as `other` has them."""
    return replace(base, **{axis.field: getattr(other, axis.field) for axis in axes})

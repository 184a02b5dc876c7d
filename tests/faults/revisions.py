"""A case as another revision would have written it: one axis changed, or all of another profile's."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.fault import Fault, by_machine, shown
from tests.faults.golden import golden
from tests.faults.machine import Machine
from tests.faults.replay import items_of, one_case, replayed
from tests.faults.rules import RULES, Rules
from xcheck.lean_parser.records import Export, GraphItem
from xcheck.reference.graph import primitives

# The axis as the diagnosis names it: this package's name for it.
AXES = {
    "sampler": "sampler",
    "kinds": "kinds",
    "window": "window",
    "pool_nd_limits_padding": "pool_limits_padding",
    "linear_seed": "linear_seed",
    "conv_seed": "conv_seed",
    "batch_norm_eps": "batch_norm_eps",
    "missing_layer": "missing_layer",
}


def _axis(axis: str, field: str, value) -> Fault:
    def build(rules: Rules) -> Machine | None:
        return None if getattr(rules, field) == value else Machine(replace(rules, **{field: value}))

    return by_machine(f"{axis}/{value}", axis, build)


def _other_profile(profile: str) -> Fault:
    """The headers stay, the items are those of the other profile's golden file."""

    def plant(export: Export, case: str) -> Export | None:
        other = golden(profile)
        mine, theirs = items_of(export, case), other.cases().get(case)
        if theirs is None or not isinstance(mine[0], GraphItem) or _stages(mine[0]) != _stages(theirs[0]):
            return None
        broken = shown(export, case, replace(one_case(export, case), items=theirs))
        if broken is None:
            return None
        # Where one axis says it all, that axis is the cause.
        here, there = RULES[export.headers["profile"]], RULES[profile]
        for field in AXES.values():
            if getattr(here, field) == getattr(there, field):
                continue
            alone = replayed(export, case, Machine(replace(here, **{field: getattr(there, field)})))
            if alone is None or alone.items == theirs:
                return None
        return broken

    return Fault(f"profile/{profile}", "profile", plant)


def _stages(item: GraphItem) -> list:
    return [node.primitive for node in primitives(item.graph)]


FAULTS = (
    *(
        _axis(axis, field, value)
        for axis, field in AXES.items()
        for value in dict.fromkeys(getattr(rules, field) for rules in RULES.values())
        # No golden pool has padding that only the other rule would refuse.
        if (axis, value) != ("pool_nd_limits_padding", True)
    ),
    *(_other_profile(profile) for profile in RULES),
)

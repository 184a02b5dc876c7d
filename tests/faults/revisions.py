"""A case as another revision would have written it: one axis changed, or all of another profile's."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.fault import Fault, by_machine, shown
from tests.faults.golden import golden
from tests.faults.machine import Machine
from tests.faults.replay import items_of, one_case, replayed
from tests.faults.rules import RULES, Rules
from xcheck.lean_parser.records import Export, GraphItem, Item, SeqItem
from xcheck.reference.graph import primitives

# The axis as the diagnosis names it, this package's name for it, and the places where it can show (none: anywhere).
AXES = (
    ("sampler", "sampler", ()),
    ("kinds", "kinds", ()),
    ("window", "window", ("conv", "max_pool")),
    ("pool_nd_limits_padding", "pool_limits_padding", ("max_pool",)),
    ("linear_seed", "linear_seed", ("linear",)),
    ("conv_seed", "conv_seed", ("conv",)),
    ("batch_norm_eps", "batch_norm_eps", ("batch_norm", "layer_norm", "rms_norm", "group_norm")),
    ("missing_layer", "missing_layer", ("opaque",)),
    ("layer_norm_variance", "layer_norm_variance", ("layer_norm",)),
    ("gelu", "gelu", ("gelu",)),
    ("logistic", "logistic", ("sigmoid", "silu", "gru", "lstm", "mamba")),
    ("average_pool_2d", "average_pool_2d", ("average_pool",)),
    ("head_split", "head_split", ("attention",)),
    ("masked_softmax", "masked_softmax", ("attention",)),
)

# No golden pool has padding that only the other rule would refuse, no golden stack is of a Chain revision.
UNSEEN = (("pool_nd_limits_padding", True), ("logistic", "direct"))
# The profiles that have a golden file of stacks.
STACKS = ("tl-2026-05", "tl-2026-07-15", "tl-2026-08")


def _axis(axis: str, field: str, value, places: tuple[str, ...]) -> Fault:
    def build(rules: Rules) -> Machine | None:
        return None if getattr(rules, field) == value else Machine(replace(rules, **{field: value}))

    return by_machine(f"{axis}/{value}", axis, build, places)


def _other_profile(profile: str) -> Fault:
    """The headers stay, the items are those of the other profile's golden file."""

    def plant(export: Export, case: str) -> Export | None:
        mine = items_of(export, case)
        stack = isinstance(mine[0], SeqItem)
        if stack and profile not in STACKS:
            return None
        other = golden(f"{profile}-layers" if stack else profile)
        theirs = items_of(other, case) if case in other.case_names() else None
        if theirs is None or _stages(mine[0]) != _stages(theirs[0]):
            return None
        broken = shown(export, case, replace(one_case(export, case), items=theirs))
        if broken is None or _by_one_axis(export, case, RULES[profile], theirs):
            return None
        return broken

    return Fault(f"profile/{profile}", "profile", plant)


def _by_one_axis(export: Export, case: str, there: Rules, theirs: tuple[Item, ...]) -> bool:
    """Whether one axis says it all: then that axis is the cause."""
    mine, here = items_of(export, case), RULES[export.headers["profile"]]
    if isinstance(mine[0], SeqItem) and mine[0] != theirs[0]:
        return mine[1:] == theirs[1:]
    for field in ("max_pool", *(field for _, field, _ in AXES)):
        if getattr(here, field) != getattr(there, field):
            alone = replayed(export, case, Machine(replace(here, **{field: getattr(there, field)})))
            if alone is None or alone.items == theirs:
                return True
    return False


def _stages(item: GraphItem | SeqItem) -> list:
    if isinstance(item, SeqItem):
        return [(layer.attributes, layer.signature) for layer in item.layers]
    return [node.primitive for node in primitives(item.graph)]


FAULTS = (
    *(
        _axis(axis, field, value, places)
        for axis, field, places in AXES
        for value in dict.fromkeys(getattr(rules, field) for rules in RULES.values())
        if (axis, value) not in UNSEEN
    ),
    *(_other_profile(profile) for profile in RULES),
)

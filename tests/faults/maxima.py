"""Conventions of a maximum: which zero, and what becomes of a NaN."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

from tests.faults.fault import Fault, by_machine, salt_of
from tests.faults.machine import Machine, place_of
from tests.faults.replay import graph_of, items_of, one_case, replayed, tensor
from tests.faults.rules import RULES, Rules, rules_of
from tests.scalar.forwards import count
from xcheck.lean_parser.records import Export, ForwardItem
from xcheck.reference.graph import primitives


class KeepsNegativeZero(Machine):
    """relu clamps what is below zero, and -0.0 is not."""

    def relu(self, x):
        return 0.0 if x < 0.0 else x


class DropsNan(Machine):
    """relu keeps what is above zero, and NaN is not."""

    def relu(self, x):
        return x if x > 0.0 else 0.0


class OtherPool(Machine):
    """A pool's maximum by another rule; it gets the window's values in the order they are visited."""

    def __init__(self, rules: Rules, rule: Callable[[list[float]], float]):
        super().__init__(rules)
        self._rule = rule

    def largest(self, cells):
        inside = [value for value in cells.values() if value is not None]
        return self._rule(inside) if inside else 0.0

    def running(self, operations, values):
        return self._rule(list(values))


def any_nan(values: list[float]) -> float:
    """NaN wherever there is one."""
    return math.nan if any(value != value for value in values) else later(values)


def no_nan(values: list[float]) -> float:
    """C's fmax: NaN only of NaN alone."""
    return later([value for value in values if value == value]) if any(v == v for v in values) else math.nan


def later(values: list[float]) -> float:
    """Of two equal values the later one."""
    best = values[0]
    for value in values[1:]:
        best = value if best <= value else best
    return best


def earlier(values: list[float]) -> float:
    """Of two equal values the earlier one."""
    best = values[0]
    for value in values[1:]:
        best = value if value > best else best
    return best


def on_special_inputs(name: str, cause: str, place: str, build: Callable[[Rules], Machine | None]) -> Fault:
    """A fault of one kind of layer: in the case as it is, or run on an input of zeros of both signs and NaN.

    Without the fault, what is written for such an input is what `Machine` gives, which is Lean's to the bit.
    """
    plain = by_machine(name, cause, build)

    def plant(export: Export, case: str) -> Export | None:
        found = plain.plant(export, case)
        item = graph_of(export, case)
        machine = build(rules_of(export))
        there = item and any(place_of(node.primitive) == place for node in primitives(item.graph))
        if found is not None or machine is None or not there:
            return found
        special = with_special_inputs(export, case)
        broken = replayed(special, case, machine)
        return None if broken == replayed(special, case, Machine(rules_of(export))) else broken

    return Fault(name, cause, plant)


def with_special_inputs(export: Export, case: str) -> Export:
    """The case with other inputs; its traces are still those of the old ones."""
    generator = random.Random(salt_of(case))

    def other(item):
        if not isinstance(item, ForwardItem):
            return item
        values = generator.choices((0.0, -0.0, -1.0, math.nan), (5, 5, 2, 1), k=count(item.input.shape))
        return replace(item, input=tensor(item.input.shape, values))

    return replace(one_case(export, case), items=tuple(map(other, items_of(export, case))))


def _max_pool(value: str) -> Fault:
    def build(rules: Rules) -> Machine | None:
        return None if rules.max_pool == value else Machine(replace(rules, max_pool=value))

    return on_special_inputs(f"max_pool/{value}", "max_pool", "max_pool", build)


def _relu(name: str, build: Callable[[Rules], Machine]) -> Fault:
    return on_special_inputs(f"max-convention/relu-{name}", "max-convention", "relu", build)


def _pool(name: str, rule: Callable[[list[float]], float]) -> Fault:
    def build(rules: Rules) -> Machine:
        return OtherPool(rules, rule)

    return on_special_inputs(f"max-convention/pool-{name}", "max-convention", "max_pool", build)


FAULTS = (
    *(_max_pool(value) for value in dict.fromkeys(rules.max_pool for rules in RULES.values())),
    _relu("keeps-negative-zero", KeepsNegativeZero),
    _relu("drops-nan", DropsNan),
    _pool("any-nan", any_nan),
    _pool("no-nan", no_nan),
    _pool("earlier", earlier),
    _pool("later", later),
)

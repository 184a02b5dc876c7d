"""Counters, seeds and samplers: every random initial value comes from the wrong place of the stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from tests.faults.fault import Fault, by_machine
from tests.faults.machine import Machine, place_of
from tests.faults.replay import items_of
from tests.faults.rules import Rules
from tests.scalar.samplers import M64, mix
from xcheck.lean_parser.records import DetInitItem, Export, LowerItem
from xcheck.reference.graph import Prim


def seen_in_tensors(fault: Fault) -> Fault:
    """The fault where it shows in more than the next index, which any miscount could explain."""

    def plant(export: Export, case: str) -> Export | None:
        broken = fault.plant(export, case)
        if broken is None:
            return None
        for old, new in zip(items_of(export, case), broken.items, strict=True):
            if isinstance(new, LowerItem):
                continue
            if isinstance(new, DetInitItem):
                if new.outcome.tensors != old.outcome.tensors:
                    return broken
            elif new != old:
                return broken
        return None

    return Fault(fault.name, fault.cause, plant)


class Shifted(Machine):
    """Everything is computed from another start counter than the item names."""

    def __init__(self, rules: Rules, by: int):
        super().__init__(rules)
        self._by = by

    def start(self, index: int) -> int:
        return max(index + self._by, 0)


class Counting(Machine):
    """Another rule of which nodes consume an index."""

    def __init__(self, rules: Rules, rule: Callable[[Prim, int], bool]):
        super().__init__(rules)
        self._rule = rule

    def occurrences(self, nodes: Sequence[Prim], index: int) -> tuple[list[int], int]:
        seen, counter, counted = [], self.start(index), 0
        for node in nodes:
            seen.append(counter)
            counter += self._rule(node, counted)
            counted += node.counts
        return seen, counter


class SwappedSeeds(Machine):
    """The weight takes the bias's seed and the other way round."""

    def seeds(self, primitive, index):
        weight, bias = super().seeds(primitive, index)
        return bias, weight


class FromTheRight(Machine):
    """`>>>` lowers its second side first, so the counter runs through the chain from the right."""

    def occurrences(self, nodes, index):
        seen, counter = super().occurrences(nodes[::-1], index)
        return seen[::-1], counter


class OtherSeeds(Machine):
    """The weight of layers of some kinds takes another seed than its layer's rule gives; the bias takes the next."""

    def __init__(self, rules: Rules, seed: Callable[[int], int], places: Collection[str]):
        super().__init__(rules)
        self._seed, self._places = seed, places

    def seeds(self, primitive, index):
        if place_of(primitive) not in self._places:
            return super().seeds(primitive, index)
        return self._seed(index), self._seed(index) + 1


class ZeroSeeds(Machine):
    """Every parameter takes seed 0, in stacks too."""

    def seeds(self, primitive, index):
        return 0, 0

    def starts(self, record):
        return [(scheme, 0) for scheme, _ in super().starts(record)]


class OtherWords(Machine):
    """Another function from a seed and an index to a word."""

    def __init__(self, rules: Rules, word: Callable[[int, int], int]):
        super().__init__(rules)
        self._word = word

    def words(self, seed, count):
        return [self._word(seed, index) for index in range(count)]


class Later(Machine):
    """Element 0 takes sample 1."""

    def words(self, seed, count):
        return super().words(seed, count + 1)[1:]


class Earlier(Machine):
    """The state is read before the step."""

    def words(self, seed, count):
        return [seed % 2**32, *super().words(seed, count)][:count]


def _shifted(by: int) -> Fault:
    return seen_in_tensors(
        by_machine(f"start-counter/{by:+}", "start-counter", lambda rules: Shifted(rules, by), (), False)
    )


def _counts(name: str, cause: str, rule: Callable[[Prim, int], bool]) -> Fault:
    return seen_in_tensors(by_machine(f"{cause}/{name}", cause, lambda rules: Counting(rules, rule), (), False))


def _extra(place: str) -> Fault:
    return _counts(place, "counts-extra", lambda node, _: node.counts or place_of(node.primitive) == place)


def _missing(place: str) -> Fault:
    return _counts(place, "counts-missing", lambda node, _: node.counts and place_of(node.primitive) != place)


def _missing_at(which: int) -> Fault:
    return _counts(f"number-{which}", "counts-missing", lambda node, counted: node.counts and counted != which)


def _seeds(name: str, seed: Callable[[int], int], places: Sequence[str]) -> Fault:
    return by_machine(f"seed-rule/{name}", "seed-rule", lambda rules: OtherSeeds(rules, seed, places), places, False)


def _splitmix(name: str, word: Callable[[int, int], int]) -> Fault:
    def build(rules: Rules) -> Machine | None:
        return OtherWords(rules, word) if rules.sampler == "splitmix64" else None

    return by_machine(f"sampler-variant/{name}", "sampler-variant", build)


FAULTS = (
    *(_shifted(by) for by in (1, 3, -1)),
    *(_extra(place) for place in ("relu", "flatten", "softmax", "max_pool")),
    *(_missing(place) for place in ("linear", "conv", "batch_norm")),
    *(_missing_at(which) for which in (0, 1)),
    by_machine("seeds-swapped", "seeds-swapped", SwappedSeeds, (), False),
    seen_in_tensors(by_machine("counts-from-the-right", "counts-from-the-right", FromTheRight, (), False)),
    *(
        _seeds(f"{name}{where}", seed, places)
        for name, seed in (("three-times", lambda index: 3 * index), ("four-times", lambda index: 4 * index))
        for where, places in (("", ("linear", "conv")), ("-linear", ("linear",)), ("-conv", ("conv",)))
    ),
    by_machine("seed-rule/zero", "seed-rule", ZeroSeeds),
    *(_seeds(f"zero-{place}", lambda _: 0, (place,)) for place in ("linear", "conv")),
    _splitmix("seed-not-mixed", lambda seed, index: mix((seed + index) % M64) % 2**32),
    _splitmix("high-word", lambda seed, index: mix((mix(seed % M64) + index) % M64) >> 32),
    by_machine("sampler-variant/index-from-1", "sampler-variant", Later),
    by_machine(
        "sampler-variant/state-before-step",
        "sampler-variant",
        lambda rules: Earlier(rules) if rules.sampler == "lcg" else None,
    ),
)

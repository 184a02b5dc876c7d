"""The planted faults themselves: an honest replay is Lean's to the bit, and every fault is a fault."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.catalogue import FAULTS, alike, applicable, causes_of, golden_exports, plantings, spread
from tests.faults.golden import GOLDEN
from tests.faults.machine import Machine
from tests.faults.plans import planned, text, with_plans
from tests.faults.precision import fused
from tests.faults.replay import one_case, replayed
from tests.faults.rules import rules_of
from tests.scalar.bits import bits
from xcheck.compare.check import Options, check_export
from xcheck.compare.result import Status
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.printer import print_export


@pytest.fixture(scope="module")
def exports():
    return golden_exports()


def words(export):
    """Every bit of every tensor, to see whether anything was touched."""
    tensors = chain.from_iterable(
        (*getattr(i, "tensors", ()), *getattr(getattr(i, "outcome", None), "tensors", ()), *getattr(i, "trace", ()))
        for i in export.items
    )
    return [tensor.bits.tobytes() for tensor in tensors]


@pytest.mark.parametrize("name", [path.stem for path in sorted(GOLDEN.glob("*.tlx"))])
def test_a_machine_without_a_fault_says_what_lean_said(exports, name):
    export = exports[name]
    cases = export.case_names()
    assert len(cases) >= 70
    for case in cases:
        assert replayed(export, case, Machine(rules_of(export))) == one_case(export, case)


def test_names_are_unique_and_plain():
    names = [fault.name for fault in FAULTS]
    assert Counter(names).most_common(1)[0][1] == 1
    assert all(name.isascii() and " " not in name for name in names)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_every_fault_shows_somewhere(exports, fault):
    assert any(True for export in exports.values() for _ in applicable(fault, export))


def test_a_planting_is_one_changed_case_and_touches_nothing_else(exports, tmp_path):
    few = {file: exports[file] for file in ("tl-2026-05", "tl-2026-09-c2", "tl-2026-07-15-layers")}
    before = {file: words(export) for file, export in exports.items()}
    for fault, file, case, broken in plantings(few, 1):
        export = exports[file]
        assert broken.case_names() == (case,)
        assert broken.headers == export.headers
        assert [type(item) for item in broken.items] == [type(item) for item in export.cases()[case]]
        assert broken.items != export.cases()[case]
        path = tmp_path / "broken.tlx"
        path.write_text(print_export(broken))
        assert read_export(path).items == broken.items, (fault, file, case)
    assert {file: words(export) for file, export in exports.items()} == before


@pytest.mark.parametrize("file", ["tl-2026-08", "tl-2026-08-layers"])
def test_no_planting_is_green(exports, file):
    for fault, _, case, broken in plantings({file: exports[file]}, 1):
        result = check_export(broken, Options())
        assert result.error is not None or result.cases[0].status is not Status.PASSED, (fault, case)


def test_plantings_are_few_and_the_same_every_time(exports):
    few, some = {"tl-2026-05": exports["tl-2026-05"]}, FAULTS[::5]
    once = [(fault.name, file, case) for fault, file, case, _ in plantings(few, 2, some)]
    assert once == [(fault.name, file, case) for fault, file, case, _ in plantings(few, 2, some)]
    assert max(Counter(name for name, _, _ in once).values()) == 2


def test_causes_that_break_a_case_alike(exports):
    export = exports["tl-2026-05"]
    by_name = {fault.name: fault for fault in FAULTS}
    # A channel of one value: its variance is 0/0, or its deviation is 0; either way 0/0 comes out.
    broken = by_name["epsilon/0.0"].plant(export, "cnn/bn-constant-channel")
    assert causes_of(export, "cnn/bn-constant-channel", broken) == {"epsilon", "unbiased-variance"}
    # One layer without parameters, then one with: a counter that starts late, or one that counts what it should not.
    broken = by_name["start-counter/+1"].plant(export, "flatten/rank3")
    assert causes_of(export, "flatten/rank3", broken) == {"start-counter", "counts-extra"}
    groups = [{fault.name for fault in group} for group in alike(export, "flatten/rank3")]
    assert {"start-counter/+1", "counts-extra/flatten"} in groups


@given(*(st.floats(width=64) | st.floats(-4, 4) | st.sampled_from((0.0, -0.0)) for _ in range(3)))
def test_fused_is_one_rounding(x, y, z):
    if not all(map(math.isfinite, (x, y, z))):
        assert same(fused(x, y, z), x * y + z)
        return
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    got = fused(x, y, z)
    if exact == 0:
        assert same(got, x * y + z if x == 0.0 or y == 0.0 else 0.0)
    elif math.isfinite(got):
        # No neighbour is nearer, and a tie goes to the even one.
        assert got == 0.0 or (got > 0.0) == (exact > 0)
        distance = abs(Fraction(got) - exact)
        for neighbour in (math.nextafter(got, -math.inf), math.nextafter(got, math.inf)):
            if math.isfinite(neighbour):
                other = abs(Fraction(neighbour) - exact)
                assert distance < other or (distance == other and bits(got) % 2 == 0)
    else:
        assert abs(exact) >= Fraction(2) ** 1024 - Fraction(2) ** 970


def same(one, other):
    return bits(one) == bits(other)


@pytest.mark.parametrize(
    ("count", "most", "places"), [(0, 3, []), (2, 3, [0, 1]), (9, 3, [0, 4, 8]), (9, 1, [4]), (5, 5, [0, 1, 2, 3, 4])]
)
def test_spread(count, most, places):
    assert spread(count, most) == places


@pytest.mark.parametrize("name", ["tl-2026-07-15", "tl-2026-07-15-layers", "tl-2026-08-layers", "tl-2026-09-c2"])
def test_plans_that_are_not_broken_agree(exports, name):
    export = exports[name]
    seen = 0
    for case in export.case_names():
        found = planned(export, case)
        if found is not None:
            number, plans = found
            result = check_export(with_plans(export, case, number, tuple(map(text, plans))), Options())
            assert not result.cases[0].findings, case
            seen += 1
    assert seen > 60

"""The planted faults themselves: an honest replay is Lean's to the bit, and every fault is a fault."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from tests.faults.catalogue import FAULTS, applicable, golden_exports, plantings, spread
from tests.faults.machine import Machine
from tests.faults.replay import one_case, replayed
from tests.faults.rules import RULES, rules_of
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.printer import print_export
from xcheck.lean_parser.records import GraphItem


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


@pytest.mark.parametrize("name", RULES)
def test_a_machine_without_a_fault_says_what_lean_said(exports, name):
    export = exports[name]
    graphs = [case for case, items in export.cases().items() if isinstance(items[0], GraphItem)]
    assert len(graphs) >= 70
    for case in graphs:
        assert replayed(export, case, Machine(rules_of(export))) == one_case(export, case)


def test_names_are_unique_and_plain():
    names = [fault.name for fault in FAULTS]
    assert Counter(names).most_common(1)[0][1] == 1
    assert all(name.isascii() and " " not in name for name in names)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_every_fault_shows_somewhere(exports, fault):
    assert any(True for export in exports.values() for _ in applicable(fault, export))


def test_a_planting_is_one_changed_case_and_touches_nothing_else(exports, tmp_path):
    few = {file: exports[file] for file in ("tl-2026-05", "tl-2026-08", "tl-2026-09-c2", "tl-2026-08-layers")}
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


def test_plantings_are_few_and_the_same_every_time(exports):
    few, some = {"tl-2026-05": exports["tl-2026-05"]}, FAULTS[::5]
    once = [(fault.name, file, case) for fault, file, case, _ in plantings(few, 2, some)]
    assert once == [(fault.name, file, case) for fault, file, case, _ in plantings(few, 2, some)]
    assert max(Counter(name for name, _, _ in once).values()) == 2


@pytest.mark.parametrize(
    ("count", "most", "places"), [(0, 3, []), (2, 3, [0, 1]), (9, 3, [0, 4, 8]), (9, 1, [4]), (5, 5, [0, 1, 2, 3, 4])]
)
def test_spread(count, most, places):
    assert spread(count, most) == places

"""The table of planted faults, and a balanced selection of broken exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.faults import (
    arithmetic,
    constants,
    forms,
    maxima,
    parameters,
    places,
    plans,
    revisions,
    schemes,
    seeds,
    structure,
)
from tests.faults.fault import Fault
from tests.faults.golden import GOLDEN, golden
from xcheck.lean_parser.records import Export

FAULTS: tuple[Fault, ...] = (
    *revisions.FAULTS,
    *seeds.FAULTS,
    *schemes.FAULTS,
    *parameters.FAULTS,
    *arithmetic.FAULTS,
    *constants.FAULTS,
    *forms.FAULTS,
    *maxima.FAULTS,
    *places.FAULTS,
    *structure.FAULTS,
    *plans.FAULTS,
)


def golden_exports() -> dict[str, Export]:
    """Every golden export by the stem of its file name."""
    return {path.stem: golden(path.stem) for path in sorted(GOLDEN.glob("*.tlx"))}


def applicable(fault: Fault, export: Export) -> Iterator[tuple[str, Export]]:
    """Every case of the export where the fault shows, with the broken export."""
    for case in export.case_names():
        broken = fault.plant(export, case)
        if broken is not None:
            yield case, broken


def plantings(
    exports: dict[str, Export], most: int = 3, faults: Iterable[Fault] = FAULTS
) -> Iterator[tuple[Fault, str, str, Export]]:
    """`(fault, file, case, broken export)` for at most `most` cases of each fault in each file.

    Deterministic, and spread over the sizes of the cases: from evenly placed cases, the nearest where the fault shows.
    """
    ordered = {file: by_size(export) for file, export in exports.items()}
    for fault in faults:
        for file, export in exports.items():
            cases = ordered[file]
            tried: dict[int, Export | None] = {}
            taken: list[int] = []
            for target in spread(len(cases), most):
                for place in sorted(range(len(cases)), key=lambda place: (abs(place - target), place)):
                    if place not in tried:
                        tried[place] = fault.plant(export, cases[place])
                    if tried[place] is not None and place not in taken:
                        taken.append(place)
                        break
            for place in sorted(taken):
                broken = tried[place]
                assert broken is not None
                yield fault, file, cases[place], broken


def spread(count: int, most: int) -> list[int]:
    """At most `most` numbers below `count`, evenly apart."""
    if count <= most:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})


def by_size(export: Export) -> list[str]:
    """The cases, those with few values first."""
    sizes: dict[str, int] = {}
    for item in export.items:
        tensors = (*getattr(item, "tensors", ()), *getattr(item, "trace", ()))
        sizes[item.name] = sizes.get(item.name, 0) + sum(tensor.bits.size for tensor in tensors)
    return sorted(sizes, key=lambda case: (sizes[case], case))


def causes_of(export: Export, case: str, broken: Export, faults: Iterable[Fault] = FAULTS) -> set[str]:
    """The causes of all faults that break this case in just this way: no diagnosis can tell them apart."""
    planted = ((fault.cause, fault.plant(export, case)) for fault in faults)
    return {cause for cause, other in planted if other is not None and other.items == broken.items}


def alike(export: Export, case: str, faults: Iterable[Fault] = FAULTS) -> list[list[Fault]]:
    """The faults that show in this case, grouped where they give the same broken export."""
    groups: list[tuple[Export, list[Fault]]] = []
    for fault in faults:
        broken = fault.plant(export, case)
        if broken is None:
            continue
        group = next((found for other, found in groups if other.items == broken.items), None)
        if group is None:
            groups.append((broken, [fault]))
        else:
            group.append(fault)
    return [found for _, found in groups]

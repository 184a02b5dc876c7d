"""Two sides, case by case: same, added, removed, renamed, changed, or the same but for provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from xcheck.compare.axes import Explainer
from xcheck.compare.change import Aspect, CaseChange, CaseDiff, Change, DiffResult, HeaderChange
from xcheck.compare.changes import item_changes, paired
from xcheck.compare.corpus import Corpus, Entry, read_corpus
from xcheck.compare.labels import label
from xcheck.compare.predict import Subject
from xcheck.compare.tensors import same
from xcheck.lean_parser.records import GraphItem, Item
from xcheck.reference.graph import primitives
from xcheck.reference.initialise import UnknownSchemeError
from xcheck.reference.lowering import LayerDefinition, stages
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.profile import Profile
from xcheck.reference.replay import initial_parameters, trace
from xcheck.reference.shape import size
from xcheck.reference.signature import SignatureError
from xcheck.tensor import Tensor

_Key: TypeAlias = tuple[str, str]
Told: TypeAlias = Callable[[int, int], None]


def diff_paths(
    old: str,
    new: str,
    old_profile: str = "auto",
    new_profile: str = "auto",
    *,
    maps: bool = False,
    told: Told = lambda done, total: None,
) -> DiffResult:
    """Compare two paths, each a fixture set, an export, a folder of them, or standard input.

    With `maps`, changed tensors are kept with their element maps. `told` is told how many cases of how many are
    compared. Raises `NoInputError`, `ParseError` or `FixtureError`.
    """
    return diff(read_corpus(old, old_profile), read_corpus(new, new_profile), maps=maps, told=told)


def diff(old: Corpus, new: Corpus, *, maps: bool = False, told: Told = lambda done, total: None) -> DiffResult:
    """Compare two sides. Cases are matched by name, within their profile where a side has several."""
    key = _by_name if len(old.labels) <= 1 and len(new.labels) <= 1 else _by_label
    left, right = {key(entry): entry for entry in old.entries}, {key(entry): entry for entry in new.entries}
    headers = _header_changes(old, new)
    explainers = _Explainers()
    cases: list[CaseDiff] = []
    unchanged = 0
    renamed = _renamed(left, right)
    moved = {id(entry): before for before, entry in renamed}
    gone = {id(before) for before, _ in renamed}
    for number, (name, entry) in enumerate(left.items()):
        told(number, len(left))
        if name not in right:
            if id(entry) not in gone:
                cases.append(CaseDiff(CaseChange.REMOVED, entry.name, entry.label, entry.hash, None))
            continue
        other = right[name]
        if entry.hash != other.hash:
            changes = tuple(_changes(entry, other, explainers, maps))
            cases.append(CaseDiff(CaseChange.CHANGED, other.name, other.label, entry.hash, other.hash, changes=changes))
        elif headers and _headers_differ(old, new, entry, other):
            cases.append(CaseDiff(CaseChange.PROVENANCE, other.name, other.label, entry.hash, other.hash))
        else:
            unchanged += 1
    for name, entry in right.items():
        if name in left:
            continue
        before = moved.get(id(entry))
        if before is not None:
            diffed = CaseDiff(CaseChange.RENAMED, entry.name, entry.label, before.hash, entry.hash, before.name)
        else:
            diffed = CaseDiff(CaseChange.ADDED, entry.name, entry.label, None, entry.hash)
        cases.append(diffed)
    return DiffResult(old.path, new.path, old.labels, new.labels, headers, unchanged, tuple(cases))


def _by_name(entry: Entry) -> _Key:
    return ("", entry.name)


def _by_label(entry: Entry) -> _Key:
    return (entry.label, entry.name)


def _renamed(left: dict[_Key, Entry], right: dict[_Key, Entry]) -> list[tuple[Entry, Entry]]:
    """Removed and added cases of one content hash, in order."""
    waiting: dict[tuple[str, str], list[Entry]] = {}
    for key, entry in left.items():
        if key not in right:
            waiting.setdefault((key[0], entry.hash), []).append(entry)
    found: list[tuple[Entry, Entry]] = []
    for key, entry in right.items():
        if key not in left and (equal := waiting.get((key[0], entry.hash))):
            found.append((equal.pop(0), entry))
    return found


def _header_changes(old: Corpus, new: Corpus) -> tuple[HeaderChange, ...]:
    sides = [_all_headers(corpus) for corpus in (old, new)]
    names = dict.fromkeys([*sides[0], *sides[1]])
    texts = ((name, *(", ".join(side.get(name, ())) for side in sides)) for name in names)
    return tuple(HeaderChange(name, before, after) for name, before, after in texts if before != after)


def _all_headers(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for headers in corpus.headers.values():
        for name, values in headers.items():
            found[name] = (*found.get(name, ()), *(value for value in values if value not in found.get(name, ())))
    return {name: tuple(sorted(values)) for name, values in found.items()}


def _headers_differ(old: Corpus, new: Corpus, before: Entry, after: Entry) -> bool:
    return old.headers[before.label] != new.headers[after.label]


class _Explainers:
    """One explainer for each pair of profiles."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, str | None], Explainer] = {}

    def between(self, old: Profile | None, new: Profile | None) -> Explainer:
        key = (old.name if old else None, new.name if new else None)
        if key not in self._known:
            self._known[key] = Explainer(old, new)
        return self._known[key]


def _changes(old: Entry, new: Entry, explainers: _Explainers, maps: bool) -> Iterator[Change]:
    """Every change of one case, each with the axes that explain it."""
    before, after = old.load(), new.load()
    explainer = explainers.between(old.profile, new.profile)
    subjects = Subject(before[0]), Subject(after[0])
    graphs = list(item_changes(before[0], after[0]))
    if type(before[0]) is not type(after[0]):
        yield Change(Aspect.GRAPH, label(after[0]), f"{label(before[0])} -> {label(after[0])}")
        return
    if any(change.aspect is Aspect.GRAPH for change in graphs):
        if not _respelled(before[0], after[0], old.profile, new.profile):
            # Another model under the same name: nothing else about the two can be compared.
            yield from graphs
            return
        graphs = [replace(graphs[0], aspect=Aspect.SPELLING, text=f"the same layers, but {graphs[0].text}")]
        if not _same_primitives(before[0], after[0]):
            graphs = [replace(graphs[0], axes=explainer.spelling())]
    pairs, only_old, only_new = paired(before, after)
    for left, right in pairs:
        found = graphs if left is before[0] else list(item_changes(left, right, maps=maps))
        if not found:
            continue
        plain = [change.aspect in (Aspect.SPELLING, Aspect.ITEMS, Aspect.NAN_BITS) for change in found]
        axes = () if all(plain) else explainer.explain(subjects[0], left, subjects[1], right)
        yield from (change if as_is else replace(change, axes=axes) for change, as_is in zip(found, plain, strict=True))
    yield from _unpaired(only_old, "only on the old side")
    yield from _unpaired(only_new, "only on the new side")
    if not graphs and not only_old and not only_new and all(not list(item_changes(a, b)) for a, b in pairs):
        yield Change(Aspect.NAN_BITS, "case", "bits that no comparison tells apart")


def _unpaired(items: Sequence[Item], where: str) -> Iterator[Change]:
    for item in items:
        yield Change(Aspect.ITEMS, label(item), where)


def _respelled(old: Item, new: Item, old_profile: Profile | None, new_profile: Profile | None) -> bool:
    """Whether two graphs give the same layers, labels aside, and the same outputs of a probe.

    Asked under each profile that can tell: a spelling of one surface may leave open what the other must say.
    """
    if not isinstance(old, GraphItem) or not isinstance(new, GraphItem):
        return False
    told: list[bool] = []
    for profile in (old_profile, new_profile):
        if profile is None:
            continue
        with suppress(NotComparableError, SignatureError, UnknownSchemeError):
            told.append(_same_layers(old, new, profile))
    return bool(told) and all(told)


def _same_primitives(old: Item, new: Item) -> bool:
    """Whether two graphs differ in identities and association alone, which no surface asks for."""
    if not isinstance(old, GraphItem) or not isinstance(new, GraphItem):
        return False
    return list(primitives(old.graph)) == list(primitives(new.graph))


def _same_layers(old: GraphItem, new: GraphItem, profile: Profile) -> bool:
    first, second = stages(old.graph, 0, profile), stages(new.graph, 0, profile)
    if [_shown(layer) for layer in first.layers] != [_shown(layer) for layer in second.layers]:
        return False
    shape = old.signature.input
    # Not integers: pooling and strides must not agree by symmetry.
    probe = np.sqrt(np.arange(2.0, 2.0 + size(shape))).reshape(shape) - 2.0
    params = initial_parameters(first, profile)
    run = Run(profile)
    traces = trace(first.layers, run, params, probe), trace(second.layers, run, params, probe)
    return all(same(Tensor.of(a), b) for a, b in zip(*traces, strict=True))


def _shown(layer: LayerDefinition) -> object:
    return layer.signature, layer.requires_grad, layer.initial, layer.unknown

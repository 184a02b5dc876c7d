"""A case that failed, as causes look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from xcheck.compare.initial import check_initial
from xcheck.compare.policy import Policy
from xcheck.compare.predict import Parameters, Subject
from xcheck.compare.result import Finding, ItemResult, Status
from xcheck.compare.variant import Alter, Stored, Used, Variant, as_they_are, unaltered
from xcheck.lean_parser.records import ForwardItem, GraphItem, InitItem, Item, SeqItem
from xcheck.reference.graph import Graph
from xcheck.reference.lowering import LayerDefinition, Lowered
from xcheck.reference.profile import Profile


class About(StrEnum):
    """What a disagreement is about."""

    DECLARATION = "declaration"
    DAG = "dag"
    LAYERS = "layers"
    INITIAL = "initial values"
    FORWARD = "forward"
    BUFFERS = "buffers"


_INITIAL_KINDS = ("initial value", "parameter count", "init")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding that is no mere consequence of another, and the number of its item."""

    item: int
    finding: Finding


@dataclass(frozen=True)
class FailedCase:
    """All items of a case, what came of each, and the reference they were replayed with."""

    items: Sequence[Item]
    results: Sequence[ItemResult]
    plain: Variant
    policy: Policy
    layers_of: Callable[[Profile], Lowered] | None = None  # where there is neither a graph nor a stack

    @property
    def profile(self) -> Profile:
        """The profile the case was replayed with."""
        return self.plain.profile

    def variant(
        self,
        profile: Profile | None = None,
        *,
        shift: int = 0,
        alter: Alter = unaltered,
        stored: Stored | None = None,
        parameters: Used = as_they_are,
    ) -> Variant:
        """The case's reference with something changed; what is lowered alike is lowered once."""
        stored = stored or self.plain.stored
        if profile is None:
            return replace(self.plain, shift=shift, alter=alter, stored=stored, parameters=parameters, known={})
        return Variant(profile, shift, alter, stored, parameters)

    @cached_property
    def subject(self) -> Subject | Parameters:
        """What the items are made from."""
        return Subject(self.items[0]) if self.layers_of is None else Parameters(self.layers_of)

    @property
    def graph(self) -> Graph | None:
        """The case's graph, None for a stack."""
        item = self.items[0]
        return item.graph if isinstance(item, GraphItem) else None

    @cached_property
    def failing(self) -> tuple[int, ...]:
        """The numbers of the items with a finding."""
        return tuple(number for number, result in enumerate(self.results) if result.findings)

    @cached_property
    def passing(self) -> tuple[int, ...]:
        """The numbers of the items that agree."""
        return tuple(number for number, result in enumerate(self.results) if result.status is Status.PASSED)

    @cached_property
    def troubles(self) -> tuple[Trouble, ...]:
        """The findings to explain, in order: those not inherited, or all of them where each is."""
        found = [Trouble(number, finding) for number in self.failing for finding in self.results[number].findings]
        direct = [trouble for trouble in found if not trouble.finding.inherited]
        return tuple(direct or found)

    @cached_property
    def about(self) -> frozenset[About]:
        """What the findings are about."""
        found = {self._about(trouble) for trouble in self.troubles}
        if About.FORWARD in found and self._runs_on_unseen_parameters():
            found.add(About.INITIAL)
        if any(f.inherited for n in self.failing for f in self.results[n].findings):
            found.add(About.INITIAL)
        return frozenset(found)

    def _about(self, trouble: Trouble) -> About:
        what = trouble.finding.what
        if what.startswith("declared"):
            return About.DECLARATION
        if what == "dag term":
            return About.DAG
        if what.startswith(_INITIAL_KINDS):
            return About.INITIAL
        if what.startswith("buffer"):
            return About.BUFFERS
        return About.FORWARD if isinstance(self.items[trouble.item], ForwardItem) else About.LAYERS

    def _runs_on_unseen_parameters(self) -> bool:
        """Whether a failing forward ran on initial values that no `init` of the case shows."""
        shown = {item.index for item in self.items if isinstance(item, InitItem)}
        forwards = (self.items[number] for number in self.failing)
        return any(isinstance(f, ForwardItem) and f.params is None and f.index not in shown for f in forwards)

    @cached_property
    def lowered(self) -> Lowered:
        """The reference's layers, from the first counter that a failing item starts at."""
        item = self.items[0]
        if self.layers_of is not None:
            return self.layers_of(self.profile)
        if isinstance(item, SeqItem):
            return self.plain.stack(item)
        starts = (self.items[number] for number in self.failing)
        index = next(
            (start.index for start in starts if not isinstance(start, GraphItem | SeqItem) and hasattr(start, "index")),
            0,
        )
        return self.plain.stages(item.graph, index) if isinstance(item, GraphItem) else Lowered((), 0)

    @property
    def layers(self) -> tuple[LayerDefinition, ...]:
        """The layers of `lowered`."""
        return self.lowered.layers

    @cached_property
    def wrong_layers(self) -> frozenset[int]:
        """The layers whose output a finding of a forward points at; those of its buffers where there is no other.

        Buffers follow from what the layers before have done, so they do not make their own layer wrong.
        """
        forwards = [t.finding for t in self.troubles if isinstance(self.items[t.item], ForwardItem)]
        outputs = [finding for finding in forwards if not finding.what.startswith("buffer")]
        return frozenset(finding.layer for finding in outputs or forwards if finding.layer is not None)

    @cached_property
    def wrong_parameters(self) -> tuple[int, ...]:
        """The parameters whose initial values differ, by number; where only forwards show it, those of wrong layers."""
        named = [t.finding.tensor for t in self.troubles if t.finding.what.startswith("initial value")]
        numbers = {int(name.split()[-1]) for name in named if name is not None}
        if not numbers:
            wrong = self.wrong_layers or range(len(self.layers))
            numbers = {number for number, (position, _) in enumerate(self.owners) if position in wrong}
        return tuple(sorted(numbers))

    @cached_property
    def owners(self) -> tuple[tuple[int, int], ...]:
        """For each parameter its layer, and which of the layer's it is."""
        return tuple(
            (position, own) for position, layer in enumerate(self.layers) for own in range(len(layer.signature.params))
        )

    def checked(self, variant: Variant, policy: Policy, numbers: Sequence[int]) -> list[ItemResult]:
        """These items compared under a variant and a policy."""
        # Comparing asks for a diagnosis, and a diagnosis compares.
        from xcheck.compare.check import check_items

        wanted = [self.items[number] for number in numbers]
        if self.layers_of is not None:
            lowered = variant.alter(self.layers_of(variant.profile))
            return [check_initial(w.tensors, lowered, variant, policy) for w in wanted if isinstance(w, InitItem)]
        # What the failing items refer to: the subject, and Lean's own initial values.
        shown = [i for i in self.items[1:] if isinstance(i, InitItem) and not any(i is w for w in wanted)]
        first = self.items[0]
        asked = [first, *shown, *(item for item in wanted if item is not first)]
        by_item = {id(item): result for item, result in zip(asked, check_items(asked, variant, policy), strict=True)}
        return [by_item[id(item)] for item in wanted]

    def follows(self, variant: Variant, numbers: Iterable[int]) -> bool:
        """Whether each of these items is exactly what the variant makes."""
        return all(self.subject.follows(self.items[number], variant) for number in numbers)

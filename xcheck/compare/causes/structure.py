"""The shape of the answer: layers left out or doubled, labels, flags, counters, error strings, terms, declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final

from xcheck.compare.causes.case import About, FailedCase
from xcheck.compare.causes.cause import EVERYTHING, Candidate, Cause, Unless
from xcheck.compare.layers import agrees
from xcheck.lean_parser.records import DagItem, LayerRecord, LayersOk, LowerItem, SeqItem
from xcheck.reference.dag import to_dag_term
from xcheck.reference.graph import Compose, Graph, leaves
from xcheck.reference.lowering import LayerDefinition, Lowered

_LISTS: Final = frozenset({About.LAYERS})
_MOST_LEAVES: Final = 7
_LOWERING: Final = "`toSeqAux` (NN/GraphSpec/ToTorchLean.lean, ToSequential.lean)"
Lists = tuple[Sequence[LayerRecord], Sequence[LayerDefinition]]


def _lists(case: FailedCase) -> Iterator[tuple[frozenset[int], Lists]]:
    """Lean's layer lists that disagree with ours, and the troubles that each of them has."""
    for number in case.failing:
        item = case.items[number]
        if isinstance(item, LowerItem) and isinstance(item.outcome, LayersOk):
            lean: Sequence[LayerRecord] = item.outcome.layers
            lowered = case.plain.lower(case.graph, item.index) if case.graph is not None else case.lowered
            ours = lowered.layers if isinstance(lowered, Lowered) else ()
        elif isinstance(item, SeqItem):
            lean, ours = item.layers, case.plain.stack(item).layers
        else:
            continue
        yield frozenset(n for n, t in enumerate(case.troubles) if t.item == number), (lean, ours)


def _without(values: Sequence[object], place: int) -> Sequence[object]:
    return [*values[:place], *values[place + 1 :]]


def _same(case: FailedCase, lean: Sequence[object], ours: Sequence[object]) -> bool:
    return len(lean) == len(ours) and all(
        isinstance(a, LayerRecord) and isinstance(b, LayerDefinition) and agrees(a, b, case.profile)
        for a, b in zip(lean, ours, strict=True)
    )


def _left_out(case: FailedCase) -> Iterator[Candidate]:
    for covers, (lean, ours) in _lists(case):
        for place, layer in enumerate(ours):
            if _same(case, lean, _without(ours, place)):
                yield Candidate(f"layer {place}, {layer.kind or layer.label}, is left out", covers=covers)
                break


def _doubled(case: FailedCase) -> Iterator[Candidate]:
    for covers, (lean, ours) in _lists(case):
        for place in reversed(range(1, len(lean))):
            if lean[place] == lean[place - 1] and _same(case, _without(lean, place), ours):
                name = lean[place].kind or "a layer"
                yield Candidate(f"{name} stands twice, at {place - 1} and {place}", covers=covers)
                break


def _exchanged(case: FailedCase) -> Iterator[Candidate]:
    for covers, (lean, ours) in _lists(case):
        wrong = [k for k, (a, b) in enumerate(zip(lean, ours, strict=False)) if not agrees(a, b, case.profile)]
        if len(lean) == len(ours) and len(wrong) == 2:
            first, second = wrong
            back = list(lean)
            back[first], back[second] = back[second], back[first]
            if _same(case, back, ours):
                yield Candidate(f"layers {first} and {second} stand in each other's place", covers=covers)


def _association(case: FailedCase) -> Iterator[Candidate]:
    """The DAG term of the same leaves, composed in another order."""
    if case.graph is None:
        return
    terms = [(n, t.item) for n, t in enumerate(case.troubles) if t.finding.what == "dag term"]
    for number, at in terms:
        item = case.items[at]
        if isinstance(item, DagItem):
            for graph in _associations(tuple(leaves(case.graph))):
                if to_dag_term(graph) == item.term:
                    says = "the DAG term is that of the same chain with `>>>` associated otherwise"
                    yield Candidate(says, covers=frozenset({number}))
                    break


def _associations(nodes: tuple[Graph, ...]) -> Iterator[Graph]:
    """Every way to compose the leaves; only all to the left and all to the right where they are many."""
    if len(nodes) > _MOST_LEAVES:
        left = right = None
        for node in nodes:
            left = node if left is None else Compose(left, node)
        for node in reversed(nodes):
            right = node if right is None else Compose(node, right)
        yield from (graph for graph in (left, right) if graph is not None)
        return

    @cache
    def ways(start: int, stop: int) -> tuple[Graph, ...]:
        if stop - start == 1:
            return (nodes[start],)
        return tuple(
            Compose(a, b) for middle in range(start + 1, stop) for a in ways(start, middle) for b in ways(middle, stop)
        )

    yield from ways(0, len(nodes))


def _by_what(says: str, *whats: str) -> Callable[[FailedCase], Iterator[Candidate]]:
    """A candidate that accounts for the troubles of these kinds: what they say is all there is to say."""

    def candidates(case: FailedCase) -> Iterator[Candidate]:
        fitting = [n for n, trouble in enumerate(case.troubles) if trouble.finding.what in whats]
        if fitting:
            first = case.troubles[fitting[0]].finding
            at = "" if first.layer is None else f" at layer {first.layer}"
            yield Candidate(
                f"{says}{at}: Lean has {first.lean}, the reference {first.reference}", covers=frozenset(fitting)
            )

    return candidates


def _row(name: str, look: str, says: str, *whats: str) -> Cause:
    return Cause(name, EVERYTHING, look, _by_what(says, *whats), unless=Unless.EXPLAINED_AND_HOLDS)


STRUCTURE = (
    Cause("layer-left-out", _LISTS, _LOWERING, _left_out, unless=Unless.EXPLAINED_AND_HOLDS),
    Cause("layer-doubled", _LISTS, _LOWERING, _doubled, unless=Unless.EXPLAINED_AND_HOLDS),
    Cause(
        "layers-exchanged",
        _LISTS,
        f"the order in which {_LOWERING} puts the sides of `>>>` together",
        _exchanged,
        unless=Unless.EXPLAINED_AND_HOLDS,
    ),
    Cause(
        "association",
        frozenset({About.DAG}),
        "`toDAGTerm` of a composition (NN/GraphSpec/DAG.lean)",
        _association,
        unless=Unless.EXPLAINED_AND_HOLDS,
    ),
    _row(
        "next-index",
        "`countsAsLayer` and the counter that the lowering returns",
        "the next counter differs",
        "next index",
    ),
    _row("label", "the `kind` of the layer's definition", "a label differs", "layer kind"),
    _row("flag", "`requiresGrad` of the layer's definition", "a requires-grad flag differs", "layer requires-grad"),
    _row("plan", "the layer's initialisation plan", "an initialisation plan differs", "layer initialisation plan"),
    _row(
        "shape",
        "the shape rule of the primitive (NN/Spec/Core/Shape.lean, NN/GraphSpec/Primitives/*.lean)",
        "a shape differs",
        "layer parameter shapes",
        "layer input shape",
        "layer output shape",
        "initial value shape",
        "trace shape",
        "output shape",
        "input shape",
        "parameter shapes",
        "buffer shape",
    ),
    _row("layer-count", _LOWERING, "the lists have different lengths", "layer count"),
    _row("error-string", "the error's wording where the lowering fails", "the error's wording differs", "error string"),
    _row(
        "outcome",
        "which primitives offer a layer view (`toLayerDefM?`, `toLayerM?`)",
        "one side fails, the other not",
        "outcome",
    ),
    _row(
        "parameter-count",
        "the layer's `paramShapes` and `init`",
        "parameters are missing or too many",
        "parameter count",
        "buffer count",
    ),
    _row("trace-length", "which layers the exporter runs and records", "the trace has another length", "trace length"),
    _row("dag-term", "`toDAGTerm` (NN/GraphSpec/DAG.lean)", "another DAG term", "dag term"),
    _row(
        "declaration",
        "the primitive's declaration (NN/GraphSpec/Core.lean, Primitives/*.lean)",
        "a primitive is declared otherwise",
        "declared signature",
        "declared counts as a layer",
        "declared offers a layer view",
        "declared primitive",
    ),
)

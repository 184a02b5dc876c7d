"""A case under reduction: a graph, where its counter starts, and the one thing asked that disagrees.

Every change keeps the case well-typed: leaves are typed again from the input on, tensors are cut to their new shapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from xcheck.oracle.messages import Ask, DagAsk, DetInitAsk, ForwardAsk, InitAsk, LowerAsk, Request
from xcheck.reference.graph import Compose, Graph, Identity, Prim, fold_graph, leaves, prim, signature_of
from xcheck.reference.operation import Mode, NotComparableError, Via
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import Shape, Tensor

Leaf: TypeAlias = Identity | Prim


@dataclass(frozen=True, slots=True)
class Run:
    """What a forward ran on: `params` leaf by leaf, None for the initial ones."""

    params: tuple[tuple[Tensor, ...], ...] | None
    input: Tensor
    mode: Mode
    via: Via


@dataclass(frozen=True, slots=True)
class Case:
    """`kind` is what is asked: dag, lower, init, det_init or forward (then with `run`)."""

    graph: Graph
    index: int
    kind: str
    run: Run | None = None

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaves, left to right."""
        return tuple(leaves(self.graph))

    @property
    def measure(self) -> tuple[int, int]:
        """How large the case is: leaves, then elements."""
        signature = signature_of(self.graph)
        return len(self.leaves), sum(map(size, (*signature.params, signature.input)))

    def request(self, ident: str, name: str, more: Sequence[Ask] = ()) -> Request:
        """The case as a request; `more` is asked first."""
        return Request(ident, name, self.graph, (*more, self._ask()))

    def _ask(self) -> Ask:
        match self.kind:
            case "dag" | "graph":
                return DagAsk()
            case "lower":
                return LowerAsk(self.index)
            case "init":
                return InitAsk(self.index)
            case "det_init":
                return DetInitAsk(self.index)
            case _:
                assert self.run is not None
                params = self.run.params
                flat = None if params is None else tuple(tensor for own in params for tensor in own)
                return ForwardAsk(self.index, flat, self.run.input, self.run.mode, self.run.via)


def case_of(request: Request, ask: Ask) -> Case:
    """The case of one ask of a request."""
    match ask:
        case DagAsk():
            return Case(request.graph, 0, "dag")
        case LowerAsk(index):
            return Case(request.graph, index, "lower")
        case InitAsk(index):
            return Case(request.graph, index, "init")
        case DetInitAsk(index):
            return Case(request.graph, index, "det_init")
        case ForwardAsk():
            params = None if ask.params is None else _by_leaf(tuple(leaves(request.graph)), ask.params)
            return Case(request.graph, ask.index, "forward", Run(params, ask.input, ask.mode, ask.via))


def _by_leaf(found: Sequence[Leaf], params: Sequence[Tensor]) -> tuple[tuple[Tensor, ...], ...]:
    left = iter(params)
    return tuple(tuple(next(left) for _ in shapes_of(leaf)) for leaf in found)


def shapes_of(leaf: Leaf) -> tuple[Shape, ...]:
    """The parameter shapes of a leaf."""
    return leaf.signature.params if isinstance(leaf, Prim) else ()


def keep(case: Case, kept: Sequence[int], start: Tensor | None = None) -> Case | None:
    """The case with only these leaves, association kept; `start` replaces the input. None where nothing is left."""
    if not kept:
        return None
    wanted = set(kept)
    numbers = iter(range(len(case.leaves)))

    def leaf(node: Leaf) -> Graph | None:
        return node if next(numbers) in wanted else None

    def compose(first: Graph | None, second: Graph | None) -> Graph | None:
        if first is None or second is None:
            return first if second is None else second
        return Compose(first, second)

    graph = fold_graph(case.graph, leaf, compose)
    assert graph is not None
    run = case.run
    if run is not None:
        params = None if run.params is None else tuple(run.params[k] for k in kept)
        run = replace(run, params=params, input=run.input if start is None else start)
    return replace(case, graph=graph, run=run)


def retyped(case: Case, found: Sequence[Leaf], start: Shape, profile: Profile) -> Case | None:
    """The case with these leaves, typed again from the input shape on; None where one cannot take its input."""
    shape, typed = start, list[Leaf]()
    for leaf in found:
        fitted = _fitted(leaf, shape, profile)
        if fitted is None:
            return None
        typed.append(fitted)
        shape = fitted.shape if isinstance(fitted, Identity) else fitted.signature.output
    given = iter(typed)
    graph = fold_graph(case.graph, lambda _: next(given), Compose)
    run = case.run
    if run is not None:
        params = run.params
        if params is not None:
            params = tuple(
                tuple(cut(tensor, shape) for tensor, shape in zip(own, shapes_of(leaf), strict=False))
                for own, leaf in zip(params, typed, strict=True)
            )
        run = replace(run, params=params, input=cut(run.input, start))
    return replace(case, graph=graph, run=run)


def _fitted(leaf: Leaf, shape: Shape, profile: Profile) -> Leaf | None:
    """The leaf on this input: what follows from the input is adapted, what was chosen stays."""
    if isinstance(leaf, Identity):
        return Identity(shape)
    primitive = leaf.primitive
    rank = len(shape)
    match primitive:
        case Opaque():
            same = leaf.signature.output == leaf.signature.input
            signature = Signature(leaf.signature.params, shape, shape if same else leaf.signature.output)
            return replace(leaf, primitive=replace(primitive, declared=signature), signature=signature)
        case Linear() if rank == 1:
            primitive = replace(primitive, in_dim=shape[0])
        case Conv2d() if rank == 3 and shape[0]:
            primitive = replace(primitive, in_channels=shape[0])
        case Conv() if rank == 1 + primitive.rank:
            primitive = replace(primitive, in_channels=shape[0])
        case BatchNormChw() | GlobalAvgPool2dChw() if rank == 3 and size(shape):
            primitive = type(primitive)(*shape)
        case BatchNorm() if rank == 1 + primitive.rank and size(shape):
            primitive = replace(primitive, channels=shape[0])
        case Linear() | Conv2d() | Conv() | BatchNormChw() | GlobalAvgPool2dChw() | BatchNorm():
            return None
    try:
        return prim(primitive, shape, profile)
    except (SignatureError, NotComparableError):
        return None


def cut(tensor: Tensor, shape: Shape) -> Tensor:
    """The corner of a tensor that lies in `shape`; where it has nothing, ones."""
    if tensor.shape == shape:
        return tensor
    one = np.float64(1.0).view(np.uint64)
    if len(tensor.shape) != len(shape):
        flat = np.resize(tensor.bits, size(shape)) if tensor.bits.size else np.full(size(shape), one)
        return Tensor(shape, flat.astype(np.uint64))
    bits = np.full(shape, one, np.uint64)
    both = tuple(slice(0, min(a, b)) for a, b in zip(shape, tensor.shape, strict=True))
    bits[both] = tensor.bits.reshape(tensor.shape)[both]
    return Tensor(shape, bits.reshape(-1))


def tensors_in(case: Case) -> Iterator[tuple[int, int, Tensor]]:
    """Every given tensor with its place: leaf and number, -1 and 0 for the input."""
    if case.run is None:
        return
    yield -1, 0, case.run.input
    for leaf, own in enumerate(case.run.params or ()):
        for number, tensor in enumerate(own):
            yield leaf, number, tensor


def with_tensor(case: Case, leaf: int, number: int, tensor: Tensor) -> Case:
    """The case with one tensor replaced."""
    assert case.run is not None
    if leaf < 0:
        return replace(case, run=replace(case.run, input=tensor))
    params = [list(own) for own in case.run.params or ()]
    params[leaf][number] = tensor
    return replace(case, run=replace(case.run, params=tuple(map(tuple, params))))

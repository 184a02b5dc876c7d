"""Layers computed by other rules: fused, in another order, in binary32, with a normalisation of another form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from xcheck.compare.causes.case import About, FailedCase
from xcheck.compare.causes.cause import Candidate, Cause
from xcheck.compare.restated.arithmetic import EpsilonAt, Loops, Order, Rules
from xcheck.compare.restated.table import computed, restated, updated
from xcheck.compare.variant import AlteredOperation, each_layer
from xcheck.reference.lowering import LayerDefinition
from xcheck.reference.operation import Operation, Run
from xcheck.tensor import F64

Where: TypeAlias = Callable[[int], bool]
Row: TypeAlias = tuple[str, Rules]

COMPUTED: Final = frozenset({About.FORWARD, About.BUFFERS})
_COMPILER: Final = "the C compiler's flags (-ffp-contract, -ffast-math, -march) and the kernel that runs"
_KERNELS: Final = "the fold in the layer's kernel (NN/Spec/Layers/*.lean, NN/Spec/Core/Tensor/Linalg.lean)"
_NORMS: Final = (
    "the normalisation's formula (NN/Spec/Layers/Normalization*.lean, NN/Runtime/Autograd/TorchLean/Norm.lean)"
)


def by_rules(rules: Rules, where: Where) -> Callable[[int, LayerDefinition], LayerDefinition]:
    """Computes the chosen layers by these rules; those that are not restated stay, unless the rules round."""

    def change(position: int, layer: LayerDefinition) -> LayerDefinition:
        if not where(position) or layer.unknown is not None:
            return layer
        if restated(layer.operation) is None and not rules.single:
            return layer
        return replace(layer, operation=_altered(layer.operation, rules))

    return change


def _altered(operation: Operation, rules: Rules) -> AlteredOperation:
    def run(run: Run, params: Sequence[F64], x: F64) -> F64:
        return computed(operation, rules, run, params, x)

    def update(run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        return updated(operation, rules, run, params, x)

    return AlteredOperation(operation, run, update)


def _tried(rows: Sequence[Row]) -> Callable[[FailedCase], Iterator[Candidate]]:
    """Each row in every layer, then each in the wrong layers alone."""

    def candidates(case: FailedCase) -> Iterator[Candidate]:
        if not any(restated(layer.operation) or rules.single for layer in case.layers for _, rules in rows):
            return
        for says, rules in rows:
            yield Candidate(says, case.variant(alter=each_layer(by_rules(rules, lambda _: True))))
        wrong = case.wrong_layers
        if len(case.layers) > 1 and wrong and len(wrong) < len(case.layers):
            listed = [str(layer) for layer in sorted(wrong)]
            where = f"in layer{'s' if len(listed) > 1 else ''} {' and '.join(listed)} alone"
            for says, rules in rows:
                alter = each_layer(by_rules(rules, wrong.__contains__))
                yield Candidate(f"{says}, {where}", case.variant(alter=alter))

    return candidates


def _rounded(values: F64) -> F64:
    with np.errstate(all="ignore"):
        return values.astype(np.float32).astype(np.float64)


def _parameters_rounded(case: FailedCase) -> Iterator[Candidate]:
    def all_of(params: Sequence[F64]) -> Sequence[F64]:
        return [_rounded(value) for value in params]

    yield Candidate("initial values are rounded to binary32 where they are kept", case.variant(stored=_rounded))
    if About.FORWARD in case.about or len(case.about) == 1:
        yield Candidate("forwards run on parameters rounded to binary32", case.variant(parameters=all_of))


_ORDERS: Final = tuple((f"sums are formed {order}", Rules(order=order)) for order in Order if order is not Order.LEFT)
_PAIRWISE: Final = tuple(row for row in _ORDERS if row[1].order is not Order.RIGHT)
_UNROUNDED: Final = "products are added without being rounded first (fused multiply-add)"
_FUSED: Final = (
    (_UNROUNDED, Rules(fused=True, fused_scale=True)),
    (f"{_UNROUNDED}, in sums alone", Rules(fused=True)),
    (f"{_UNROUNDED}, in scale and shift alone", Rules(fused_scale=True)),
)
_LOOPS: Final = tuple(
    (f"the kernel's loops run over {loops}", Rules(loops=loops)) for loops in Loops if loops is not Loops.PLAIN
)
_EPSILON_AT: Final = tuple(
    (f"epsilon is added {at}", Rules(epsilon=at)) for at in EpsilonAt if at is not EpsilonAt.INSIDE
)

# The simpler of two orders comes first: on a few terms a tree is often the reversed loop.
SUMS = (
    Cause(
        "binary32-parameters",
        frozenset({About.INITIAL, About.FORWARD}),
        "the scalar type that parameters are stored in (the dtype option, IEEE32Exec, CUDA buffers)",
        _parameters_rounded,
    ),
    Cause(
        "binary32-forward",
        COMPUTED,
        "the scalar type the forward runs in (the command line's dtype defaults to float32; IEEE32Exec, CUDA)",
        _tried((("the forward is computed in binary32", Rules(single=True)),)),
    ),
    Cause("fused-multiply-add", COMPUTED, _COMPILER, _tried(_FUSED)),
    Cause("reversed-sum", COMPUTED, _KERNELS, _tried(tuple(row for row in _ORDERS if row[1].order is Order.RIGHT))),
    Cause("pairwise-sum", COMPUTED, _COMPILER, _tried(_PAIRWISE)),
    Cause("kernel-loops-exchanged", COMPUTED, "the loops of NN/Spec/Layers/Conv.lean", _tried(_LOOPS)),
    Cause(
        "bias-first",
        COMPUTED,
        _KERNELS,
        _tried((("sums start at the bias, which is not added last", Rules(bias_first=True)),)),
    ),
    Cause(
        "flipped-kernel",
        COMPUTED,
        "the kernel's indices in NN/Spec/Layers/Conv.lean: cross-correlation does not turn the kernel",
        _tried(
            (
                ("the kernel is turned round, as in a true convolution", Rules(flipped=True)),
                ("the image is read from its far end", Rules(flipped=True, loops=Loops.FROM_THE_END)),
            )
        ),
    ),
)

FORMS = (
    Cause("epsilon-placement", COMPUTED, _NORMS, _tried(_EPSILON_AT)),
    Cause(
        "unbiased-variance",
        COMPUTED,
        _NORMS,
        _tried(
            (
                ("the variance is divided by n - 1", Rules(unbiased=True)),
                (
                    "the variance is divided by n - 1, in running statistics too",
                    Rules(unbiased=True, unbiased_running=True),
                ),
                ("the variance of running statistics is divided by n - 1", Rules(unbiased_running=True)),
            )
        ),
    ),
    Cause(
        "reciprocal",
        COMPUTED,
        "whether a mean, deviation or sum is divided by or its reciprocal multiplied with",
        _tried((("dividing and multiplying by the reciprocal are exchanged", Rules(reciprocal=True)),)),
    ),
    Cause("one-pass-variance", COMPUTED, _NORMS, _tried((("the variance is E[x^2] - E[x]^2", Rules(one_pass=True)),))),
    Cause(
        "folded-affine",
        COMPUTED,
        _NORMS,
        _tried(
            (
                ("scale and shift are folded into one multiplication and one addition", Rules(folded=True)),
                (
                    "scale and shift are folded, with the reciprocal of the deviation",
                    Rules(folded=True, reciprocal=True),
                ),
            )
        ),
    ),
    Cause(
        "softmax-shift",
        COMPUTED,
        "NN/Spec/Layers/Activation.lean: the maximum is subtracted before exp",
        _tried((("softmax does not subtract the maximum", Rules(unshifted=True)),)),
    ),
)

"""Other constants: an epsilon, or a decimal literal that the toolchain rounded to a neighbour."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Final

from xcheck.compare.causes.case import About, FailedCase
from xcheck.compare.causes.cause import FORWARD, Candidate, Cause
from xcheck.compare.variant import Alter, Variant, each_layer
from xcheck.reference.initialise import Constant, Initial, Normal, Scheme, Uniform
from xcheck.reference.lowering import LayerDefinition
from xcheck.reference.operation import Operation

_EPSILONS: Final = (1e-5, 1e-6, 1e-3, 1e-4, 1e-7, 1e-8, 1e-10, 1e-12, 0.0, 2.0**-52)
_SINGLE: Final = (9.999999747378752e-06, 9.999999974752427e-07)  # binary32's 1e-5 and 1e-6


def with_epsilon(case: FailedCase, eps: float) -> Variant:
    """The case with this epsilon in every normalisation, the profile's and those of layers with their own."""
    return case.variant(replace(case.profile, batch_norm_eps=eps), alter=each_layer(lambda _, layer: _own(layer, eps)))


def _own(layer: LayerDefinition, eps: float) -> LayerDefinition:
    operation = layer.operation
    if is_dataclass(operation) and any(field.name == "eps" for field in fields(operation)):
        changed: Operation = replace(operation, eps=eps)
        return replace(layer, operation=changed)
    return layer


def _normalises(case: FailedCase) -> bool:
    return any("norm" in layer.label.lower() or hasattr(layer.operation, "eps") for layer in case.layers)


def _epsilon(case: FailedCase) -> Iterator[Candidate]:
    if not _normalises(case):
        return
    for eps in (*_EPSILONS, *_SINGLE):
        if eps != case.profile.batch_norm_eps:
            says = f"epsilon is {eps!r}, {case.profile.name} has {case.profile.batch_norm_eps!r}"
            yield Candidate(says, with_epsilon(case, eps))


def _neighbours(value: float) -> Iterator[tuple[float, str]]:
    yield math.nextafter(value, -math.inf), "one ulp below"
    yield math.nextafter(value, math.inf), "one ulp above"


def _literal(case: FailedCase) -> Iterator[Candidate]:
    if _normalises(case):
        for eps, where in _neighbours(case.profile.batch_norm_eps):
            says = f"the literal {case.profile.batch_norm_eps!r} (epsilon) is {where} its correctly rounded value"
            yield Candidate(says, with_epsilon(case, eps))
    if About.INITIAL not in case.about:
        return
    literals = dict.fromkeys(value for layer in case.layers for one in layer.initial for value in _constants(one))
    for literal in literals:
        for outward, where in ((False, "nearer to zero than"), (True, "farther from zero than")):
            moved = math.nextafter(literal, math.copysign(math.inf if outward else 0.0, literal))
            says = f"the literal {literal!r} is one ulp {where} its correctly rounded value"
            yield Candidate(says, case.variant(alter=_moved(literal, moved)))


def _constants(initial: Initial) -> tuple[float, ...]:
    match initial.scheme:
        case Uniform(low, high):
            return tuple(dict.fromkeys((abs(low), abs(high))))
        case Constant(value):
            return (abs(value),)
        case Normal(mean, std):
            return abs(mean), std
    return ()


def _moved(literal: float, moved: float) -> Alter:
    def value(x: float) -> float:
        return math.copysign(moved, x) if abs(x) == literal else x

    def scheme(own: Scheme) -> Scheme:
        match own:
            case Uniform(low, high):
                return Uniform(value(low), value(high))
            case Constant(constant):
                return Constant(value(constant))
            case Normal(mean, std):
                return Normal(value(mean), value(std))
        return own

    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        return replace(layer, initial=tuple(replace(one, scheme=scheme(one.scheme)) for one in layer.initial))

    return each_layer(change)


EPSILON = (
    Cause(
        "epsilon",
        FORWARD,
        "`Numbers.epsilon` (NN/Spec/Core/Context.lean, NN/Core/Numeric.lean) or the layer's own",
        _epsilon,
    ),
)

LITERALS = (
    Cause(
        "decimal-literal",
        frozenset({About.INITIAL, About.FORWARD}),
        "Lean's `Float.ofScientific`, which up to 4.32 does not always round correctly (lean4 issue 13982)",
        _literal,
    ),
)

"""Another initialisation scheme: other bounds, other fans, a gain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import INITIAL, Candidate, Cause
from xcheck.compare.labels import family
from xcheck.compare.variant import Variant, each_layer
from xcheck.reference.initialise import (
    Constant,
    Initial,
    KaimingUniform,
    Normal,
    Ones,
    Scheme,
    Uniform,
    XavierUniform,
    Zeros,
)
from xcheck.reference.lowering import LayerDefinition
from xcheck.reference.profile import NormalScheme
from xcheck.reference.shape import size
from xcheck.tensor import Shape

_LOOK = (
    "the scheme in the layer's definition and its formula (NN/Runtime/Autograd/Torch/Utils.lean, Initialization.lean)"
)
_GAINS: Final = (
    (math.sqrt(2.0), "sqrt 2"),
    (5.0 / 3.0, "5/3"),
    (2.0, "2"),
    (0.5, "1/2"),
    (math.sqrt(1.0 / 3.0), "1/sqrt 3"),
)
Choice = tuple[str, Scheme]


def _fans(shape: Shape) -> tuple[int, int]:
    """Fan in and fan out of a weight `(out, in, *kernel)`."""
    field = size(shape[2:])
    return (shape[1] * field, shape[0] * field) if len(shape) > 1 else (size(shape), size(shape))


def _symmetric(bound: float) -> Uniform:
    return Uniform(-bound, bound)


def _bound(scheme: Scheme) -> float | None:
    match scheme:
        case XavierUniform(fan_in, fan_out) if fan_in + fan_out:
            return math.sqrt(6.0 / (float(fan_in) + float(fan_out)))
        case KaimingUniform(fan_in) if fan_in:
            return math.sqrt(6.0 / float(fan_in))
        case Uniform(low, high) if low == -high:
            return high
    return None


def _choices(initial: Initial, weight: Shape, normal: bool) -> Iterator[Choice]:
    """Other schemes for a parameter of a layer with this weight, each with what it is called."""
    fan_in, fan_out = _fans(weight)
    yield f"Xavier uniform of fans {fan_in} and {fan_out}", XavierUniform(fan_in, fan_out)
    if len(weight) > 2:
        yield (
            f"Xavier uniform of fans {weight[1]} and {weight[0]}, without the kernel",
            XavierUniform(weight[1], weight[0]),
        )
    yield f"Kaiming uniform of fan {fan_in}", KaimingUniform(fan_in)
    yield f"Kaiming uniform of the other fan, {fan_out}", KaimingUniform(fan_out)
    for bound in (0.1, 0.05, 0.01, 1.0, 0.5):
        yield f"uniform in +-{bound:g}", _symmetric(bound)
    yield "uniform in 0 to 1", Uniform(0.0, 1.0)
    if fan_in:
        yield "PyTorch's default, uniform in +-1/sqrt(fan in)", _symmetric(1.0 / math.sqrt(float(fan_in)))
        yield (
            "PyTorch's default by its own formula",
            _symmetric(math.sqrt(3.0) * (math.sqrt(1.0 / 3.0) / math.sqrt(fan_in))),
        )
    yield "zeros", Zeros()
    yield "ones", Ones()
    own = _bound(initial.scheme)
    if own is not None:
        for gain, name in _GAINS:
            yield f"its own with a gain of {name}", _symmetric(gain * own)
            squared = math.sqrt(gain * gain * 6.0 / max(1, _fan(initial.scheme)))
            yield f"its own with a gain of {name} under the root", _symmetric(squared)
    if normal:
        for std, name in _deviations(fan_in, fan_out):
            yield f"normal with deviation {name}", Normal(0.0, std)


def _fan(scheme: Scheme) -> int:
    match scheme:
        case XavierUniform(fan_in, fan_out):
            return fan_in + fan_out
        case KaimingUniform(fan_in):
            return fan_in
    return 1


def _deviations(fan_in: int, fan_out: int) -> Iterator[tuple[float, str]]:
    yield 1.0, "1"
    yield 0.02, "0.02"
    if fan_in + fan_out:
        yield math.sqrt(2.0 / float(fan_in + fan_out)), "sqrt(2 / (fan in + fan out))"
    if fan_in:
        yield math.sqrt(2.0 / float(fan_in)), "sqrt(2 / fan in)"


def _candidates(case: FailedCase) -> Iterator[Candidate]:
    groups = dict.fromkeys((family(case.layers[layer]), own) for layer, own in map(case.owner, case.wrong_parameters))
    normal = case.profile.normal_scheme is not NormalScheme.ABSENT
    names = dict.fromkeys(
        name
        for layer in case.layers
        for own, initial in enumerate(layer.initial)
        if (family(layer), own) in groups
        for name, _ in _choices(initial, _weight(layer), normal)
    )
    scopes = [{group} for group in groups] + ([set(groups)] if len(groups) > 1 else [])
    for scope in scopes:
        whose = " and ".join(f"parameter {own} of {name}" for name, own in sorted(scope))
        for name in names:
            alter = each_layer(_changed(scope, name, normal))
            yield Candidate(f"{whose} starts by another scheme: {name}", Variant(case.profile, alter=alter))


def _weight(layer: LayerDefinition) -> Shape:
    return layer.signature.params[0] if layer.signature.params else ()


def _changed(scope: set[tuple[str, int]], name: str, normal: bool) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        return replace(
            layer,
            initial=tuple(
                replace(initial, scheme=dict(_choices(initial, _weight(layer), normal)).get(name, initial.scheme))
                if (family(layer), own) in scope
                else initial
                for own, initial in enumerate(layer.initial)
            ),
        )

    return change


def _exchanged_fills(case: FailedCase) -> Iterator[Candidate]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        return replace(layer, initial=tuple(replace(one, scheme=_other_fill(one.scheme)) for one in layer.initial))

    yield Candidate("zeros and ones are exchanged", Variant(case.profile, alter=each_layer(change)))


def _other_fill(scheme: Scheme) -> Scheme:
    match scheme:
        case Zeros():
            return Ones()
        case Ones() | Constant(1.0):
            return Zeros()
    return scheme


def _all(case: FailedCase) -> Iterator[Candidate]:
    yield from _candidates(case)
    yield from _exchanged_fills(case)


SCHEMES = (Cause("scheme", INITIAL, _LOOK, _all),)

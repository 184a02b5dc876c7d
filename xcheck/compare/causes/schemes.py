"""Another initialisation scheme: other bounds, other fans, a gain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import INITIAL, Candidate, Cause
from xcheck.compare.labels import family
from xcheck.compare.variant import each_layer
from xcheck.reference.initialise import Constant, KaimingUniform, Normal, Ones, Scheme, Uniform, XavierUniform, Zeros
from xcheck.reference.lowering import LayerDefinition
from xcheck.reference.profile import NormalScheme
from xcheck.reference.shape import size
from xcheck.tensor import Shape

_LOOK: Final = "the layer's scheme and its formula (NN/Runtime/Autograd/Torch/Utils.lean, Initialization.lean)"


@dataclass(frozen=True, slots=True)
class Place:
    """A parameter whose scheme is in question: the layer's weight `(out, in, *kernel)`, and the scheme it has."""

    weight: Shape
    scheme: Scheme

    @property
    def fan_in(self) -> int:
        """How many values feed an output."""
        return self.weight[1] * size(self.weight[2:]) if len(self.weight) > 1 else size(self.weight)

    @property
    def fan_out(self) -> int:
        """How many outputs a value feeds."""
        return self.weight[0] * size(self.weight[2:]) if len(self.weight) > 1 else size(self.weight)

    @property
    def bound(self) -> float | None:
        """The bound of the symmetric uniform scheme it has."""
        fan = self.fan
        if isinstance(self.scheme, Uniform) and self.scheme.low == -self.scheme.high:
            return self.scheme.high
        return math.sqrt(6.0 / float(fan)) if fan else None

    @property
    def fan(self) -> int:
        """The fan its own scheme divides by, 0 where it has none."""
        match self.scheme:
            case XavierUniform(fan_in, fan_out):
                return fan_in + fan_out
            case KaimingUniform(fan_in):
                return fan_in
        return 0


Formula: TypeAlias = Callable[[Place], Scheme | None]


def _symmetric(bound: float) -> Uniform:
    return Uniform(-bound, bound)


def _over_root(scale: float, fan: int) -> float | None:
    return scale / math.sqrt(float(fan)) if fan else None


def _within(bound: Callable[[Place], float | None]) -> Formula:
    def formula(place: Place) -> Scheme | None:
        found = bound(place)
        return None if found is None else _symmetric(found)

    return formula


def _deviating(deviation: Callable[[Place], float | None]) -> Formula:
    def formula(place: Place) -> Scheme | None:
        found = deviation(place)
        return None if found is None else Normal(0.0, found)

    return formula


def _gain(factor: float) -> Formula:
    return _within(lambda place: None if place.bound is None else factor * place.bound)


def _gain_under_root(factor: float) -> Formula:
    return _within(lambda place: math.sqrt(factor * factor * 6.0 / float(place.fan)) if place.fan else None)


def _torch_xavier(place: Place) -> float | None:
    fan = place.fan_in + place.fan_out
    return math.sqrt(3.0) * math.sqrt(2.0 / float(fan)) if fan else None


def _without_kernel(place: Place) -> Scheme | None:
    return XavierUniform(place.weight[1], place.weight[0]) if len(place.weight) > 2 else None


def _half(place: Place) -> Scheme | None:
    return None if place.bound is None else Uniform(0.0, place.bound)


def _lower_half(place: Place) -> Scheme | None:
    return None if place.bound is None else Uniform(-place.bound, 0.0)


_UNIFORM: Final[tuple[tuple[str, Formula], ...]] = (
    ("Xavier uniform", lambda place: XavierUniform(place.fan_in, place.fan_out)),
    ("Xavier uniform by PyTorch's formula, sqrt 3 times the deviation", _within(_torch_xavier)),
    ("Xavier uniform of the channels alone, without the kernel", _without_kernel),
    ("Kaiming uniform", lambda place: KaimingUniform(place.fan_in)),
    ("Kaiming uniform of the other fan (fan in and fan out exchanged)", lambda place: KaimingUniform(place.fan_out)),
    ("uniform in +-0.1", lambda _: _symmetric(0.1)),
    ("PyTorch's default, uniform in +-1/sqrt(fan in)", _within(lambda place: _over_root(1.0, place.fan_in))),
    (
        "PyTorch's default by its own formula",
        _within(lambda p: math.sqrt(3.0) * (math.sqrt(1.0 / 3.0) / math.sqrt(p.fan_in)) if p.fan_in else None),
    ),
    ("uniform in +-1/sqrt(fan out)", _within(lambda place: _over_root(1.0, place.fan_out))),
    ("its own with a gain of sqrt 2", _gain(math.sqrt(2.0))),
    ("its own with a gain of sqrt 2, under the root", _gain_under_root(math.sqrt(2.0))),
    ("its own with a gain of 5/3", _gain(5.0 / 3.0)),
    ("its own with a gain of 5/3, under the root", _gain_under_root(5.0 / 3.0)),
    ("its own with a gain of 2", _gain(2.0)),
    ("its own with a gain of 1/2", _gain(0.5)),
    ("its own with a gain of 1/sqrt 3", _gain(math.sqrt(1.0 / 3.0))),
    ("the upper half of its own interval", _half),
    ("the lower half of its own interval", _lower_half),
    ("uniform in 0 to 1", lambda _: Uniform(0.0, 1.0)),
    ("uniform in +-1", lambda _: _symmetric(1.0)),
    ("uniform in +-0.5", lambda _: _symmetric(0.5)),
    ("uniform in +-0.05", lambda _: _symmetric(0.05)),
    ("uniform in +-0.01", lambda _: _symmetric(0.01)),
    ("zeros", lambda _: Zeros()),
    ("ones", lambda _: Ones()),
)
_NORMAL: Final[tuple[tuple[str, Formula], ...]] = (
    ("standard normal", lambda _: Normal(0.0, 1.0)),
    ("normal with deviation 0.02", lambda _: Normal(0.0, 0.02)),
    ("Xavier normal", _deviating(lambda place: _over_root(math.sqrt(2.0), place.fan_in + place.fan_out))),
    ("Xavier normal", _deviating(lambda p: math.sqrt(2.0 / float(p.fan_in + p.fan_out)) if p.fan_in else None)),
    ("Kaiming normal", _deviating(lambda p: math.sqrt(2.0 / float(p.fan_in)) if p.fan_in else None)),
)


def _candidates(case: FailedCase) -> Iterator[Candidate]:
    groups = dict.fromkeys(
        (family(case.layers[layer]), own) for layer, own in map(case.owners.__getitem__, case.wrong_parameters)
    )
    rows = _UNIFORM if case.profile.normal_scheme is NormalScheme.ABSENT else _UNIFORM + _NORMAL
    scopes = [frozenset({group}) for group in groups] + ([frozenset(groups)] if len(groups) > 1 else [])
    for scope in scopes:
        whose = " and ".join(f"parameter {own} of {name}" for name, own in sorted(scope))
        for name, formula in rows:
            alter = each_layer(_changed(scope, formula))
            yield Candidate(f"{whose} starts by another scheme: {name}", case.variant(alter=alter))
    yield Candidate("zeros and ones are exchanged", case.variant(alter=each_layer(_exchanged)))


def _changed(scope: frozenset[tuple[str, int]], formula: Formula) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        weight = layer.signature.params[0] if layer.signature.params else ()
        name = family(layer)
        initial = list(layer.initial)
        for own, one in enumerate(initial):
            if (name, own) in scope:
                initial[own] = replace(one, scheme=formula(Place(weight, one.scheme)) or one.scheme)
        return replace(layer, initial=tuple(initial))

    return change


def _exchanged(_: int, layer: LayerDefinition) -> LayerDefinition:
    return replace(layer, initial=tuple(replace(one, scheme=_other_fill(one.scheme)) for one in layer.initial))


def _other_fill(scheme: Scheme) -> Scheme:
    match scheme:
        case Zeros():
            return Ones()
        case Ones() | Constant(1.0):
            return Zeros()
    return scheme


SCHEMES = (Cause("scheme", INITIAL, _LOOK, _candidates),)

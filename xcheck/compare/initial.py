"""Initial values: Lean's tensors against the reference's, and what explains a difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from xcheck.compare.diagnose import explain_axis, explain_bits, explain_index
from xcheck.compare.forward import LayersOf
from xcheck.compare.policy import Policy
from xcheck.compare.result import Finding, ItemResult, verdict
from xcheck.compare.tensors import tensor_finding
from xcheck.reference.initialise import Initial, initial_values
from xcheck.reference.lowering import Lowered
from xcheck.reference.operation import NotComparableError
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape
from xcheck.tensor import F64, Tensor

Stored: TypeAlias = Callable[[F64], F64]


def _as_it_is(values: F64) -> F64:
    return values


def check_initial(
    tensors: Sequence[Tensor],
    layers_of: LayersOf,
    lowered: Lowered,
    profile: Profile,
    policy: Policy,
    stored: Stored = _as_it_is,
) -> ItemResult:
    """Lean's initial tensors against the reference's, layer by layer.

    `layers_of` lowers for another profile; `stored` is what writing does to a value (rounding to binary32, say).
    """
    shapes = lowered.param_shapes
    if len(tensors) != len(shapes):
        return verdict([Finding("parameter count", str(len(tensors)), str(len(shapes)))])
    findings: list[Finding] = []
    admitted: list[str] = []
    unknown: str | None = None
    position = 0
    for number, layer in enumerate(lowered.layers):
        for own in range(len(layer.signature.params)):
            lean, name = tensors[position], f"parameter {position}"
            position += 1
            if layer.unknown is not None:
                unknown = unknown or layer.unknown
                continue
            initial = layer.initial[own]
            if layer.initial_unknown is not None:
                unknown = unknown or layer.initial_unknown
                continue
            if lean.shape != initial.shape:
                shapes_differ = Finding("initial value shape", format_shape(lean.shape), format_shape(initial.shape))
                findings.append(replace(shapes_differ, layer=number, kind=layer.kind or layer.label, tensor=name))
                continue
            ours = stored(initial_values(initial, profile))
            finding, rule = tensor_finding("initial value", lean, ours, policy, initial.libm)
            if rule is not None:
                admitted.append(f"{name}: {rule}")
            if finding is not None:
                why = _explain_elements(lean, ours, finding)
                why += _explain_initial(lean, layers_of, (number, own), profile, stored)
                findings.append(
                    replace(finding, layer=number, kind=layer.kind or layer.label, tensor=name, why=finding.why + why)
                )
    return replace(verdict(findings, unknown), admitted=tuple(admitted))


def _explain_elements(lean: Tensor, ours: F64, finding: Finding) -> tuple[str, ...]:
    return () if finding.elements is None else explain_bits(lean, Tensor.of(ours), finding.elements)


def _explain_initial(
    lean: Tensor, layers_of: LayersOf, place: tuple[int, int], profile: Profile, stored: Stored
) -> tuple[str, ...]:
    number, own = place

    def initial(variant: Profile) -> Initial:
        layer = layers_of(variant).layers[number]
        if layer.unknown is not None:
            raise NotComparableError(layer.unknown)
        return layer.initial[own]

    axis = explain_axis(lean, profile, lambda variant: stored(initial_values(initial(variant), variant)))
    if axis is not None:
        return (axis,)
    layer = layers_of(profile).layers[number]

    if len(layer.operation.initial(layer.signature, profile, layer.index)) != len(layer.initial):
        return ()

    def at_index(index: int) -> F64:
        again = layer.operation.initial(layer.signature, profile, index)[own]
        return stored(initial_values(again, profile))

    other = explain_index(lean, layer.index, at_index)
    return () if other is None else (other,)

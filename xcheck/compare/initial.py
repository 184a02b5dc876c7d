"""Initial values: Lean's tensors against the reference's, and what explains a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xcheck.compare.evidence import explain_bits
from xcheck.compare.policy import Policy
from xcheck.compare.result import Finding, ItemResult, verdict
from xcheck.compare.tensors import tensor_finding
from xcheck.compare.variant import Variant
from xcheck.reference.lowering import Lowered
from xcheck.reference.shape import format_shape
from xcheck.tensor import F64, Tensor


def check_initial(tensors: Sequence[Tensor], lowered: Lowered, variant: Variant, policy: Policy) -> ItemResult:
    """Lean's initial tensors against the reference's, layer by layer."""
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
            ours = variant.values(initial)
            finding, rule = tensor_finding("initial value", lean, ours, policy, initial.libm)
            if rule is not None:
                admitted.append(f"{name}: {rule}")
            if finding is not None:
                why = _explain_elements(lean, ours, finding)
                findings.append(
                    replace(finding, layer=number, kind=layer.kind or layer.label, tensor=name, why=finding.why + why)
                )
    return replace(verdict(findings, unknown), admitted=tuple(admitted))


def _explain_elements(lean: Tensor, ours: F64, finding: Finding) -> tuple[str, ...]:
    return () if finding.elements is None else explain_bits(lean, Tensor.of(ours), finding.elements)

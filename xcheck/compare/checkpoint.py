"""A TorchLean parameter file against the deterministic initialisation of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from xcheck.compare.initial import check_initial
from xcheck.compare.policy import Policy
from xcheck.compare.predict import Parameters
from xcheck.compare.result import CaseResult, FileResult, Finding, ItemResult, Status, verdict
from xcheck.compare.variant import Variant
from xcheck.lean_parser.checkpoint_types import Checkpoint, Dtype
from xcheck.lean_parser.records import InitItem
from xcheck.reference.initialise import UnknownSchemeError
from xcheck.reference.lowering import Lowered, LoweringFailure
from xcheck.reference.operation import NotComparableError
from xcheck.reference.profile import PROFILES, Profile
from xcheck.reference.shape import format_shapes
from xcheck.tensor import F64

LayersOf: TypeAlias = Callable[[Profile], Lowered]


@dataclass(frozen=True, slots=True)
class Subject:
    """A model whose initialisation is in question: what to call it, and its lowering by profile."""

    name: str
    layers_of: LayersOf
    failure: Callable[[Profile], LoweringFailure | None] = lambda _: None


def check_checkpoint(
    source: str, checkpoint: Checkpoint, subject: Subject, profile: Profile, policy: Policy
) -> FileResult:
    """Whether the file holds exactly the initial parameters of the model; if not, which tensors differ and why.

    A float32 file is compared with the values rounded once to binary32, which is what its writer stores.
    """
    headers = (("format", str(checkpoint.tag)), ("model", subject.name))
    result = replace(_check(checkpoint, subject, profile, policy), item=f"{len(checkpoint.tensors)} parameters", line=0)
    case = CaseResult(subject.name, (result,))
    if policy.diagnose and any(finding.elements is not None for finding in result.findings):
        # Nothing of it is needed, nor read, while everything agrees.
        from xcheck.compare.diagnose import diagnose_parameters

        item = InitItem(subject.name, 0, tuple(stored.tensor for stored in checkpoint.tensors))
        found = diagnose_parameters(item, result, _variant(checkpoint, profile), policy, subject.layers_of)
        result = _with_profiles(result, checkpoint, item, subject, profile)
        case = replace(case, items=(result,), diagnosis=found, diagnosed=True)
    return FileResult(source, profile.name, headers, (case,))


def _check(checkpoint: Checkpoint, subject: Subject, profile: Profile, policy: Policy) -> ItemResult:
    failure = subject.failure(profile)
    if failure is not None:
        return verdict([Finding("outcome", f"{len(checkpoint.tensors)} tensors", f"error: {failure.message}")])
    try:
        lowered = subject.layers_of(profile)
    except NotComparableError as reason:
        return ItemResult("", 0, Status.NOT_COMPARABLE, reason=str(reason))
    if checkpoint.shapes != lowered.param_shapes:
        shapes = format_shapes(checkpoint.shapes), format_shapes(lowered.param_shapes)
        return verdict([Finding("parameter shapes", *shapes)])
    tensors = [stored.tensor for stored in checkpoint.tensors]
    try:
        return check_initial(tensors, lowered, _variant(checkpoint, profile), policy)
    except (NotComparableError, UnknownSchemeError) as reason:
        return ItemResult("", 0, Status.NOT_COMPARABLE, reason=str(reason))


def _with_profiles(
    result: ItemResult, checkpoint: Checkpoint, item: InitItem, subject: Subject, profile: Profile
) -> ItemResult:
    """The profiles whose initialisation the whole file is: it does not say which revision wrote it."""
    model = Parameters(subject.layers_of)
    others = (other for other in PROFILES if other != profile)
    fitting = [other.name for other in others if model.follows(item, _variant(checkpoint, other))]
    if not fitting:
        return result
    said = f"the whole file is this model's initialisation under {', '.join(fitting)}"
    first, *rest = result.findings
    return replace(result, findings=(replace(first, why=(*first.why, said)), *rest))


def _variant(checkpoint: Checkpoint, profile: Profile) -> Variant:
    return Variant(profile, stored=_narrowed) if checkpoint.dtype is Dtype.F32 else Variant(profile)


def _narrowed(values: F64) -> F64:
    """Rounded once to binary32 and widened again, exactly."""
    with np.errstate(all="ignore"):
        return values.astype(np.float32).astype(np.float64)

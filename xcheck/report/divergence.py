"""The parts of a failing case that every short report begins with: its cause, and the first place that differs."""

from __future__ import annotations

from xcheck.compare.result import CaseResult, Element, Finding, ItemResult
from xcheck.compare.ulp import float_of
from xcheck.report.diagnosis import headline

ELEMENT_COLUMNS = ("at", "Lean bits", "Lean", "reference bits", "reference", "ulp")


def first_divergence(case: CaseResult) -> tuple[ItemResult, Finding] | None:
    """The first finding in file order; within an item, the first that is not merely inherited."""
    for item in case.items:
        if item.findings:
            return item, next((finding for finding in item.findings if not finding.inherited), item.findings[0])
    return None


def cause(case: CaseResult) -> str:
    """The cause in one line: the diagnosis, else why the first place differs, else what differs there."""
    first = first_divergence(case)
    said = headline(case)
    if case.diagnosis and said is not None:
        return said
    if first is None:
        return ""
    return first[1].why[0] if first[1].why else finding_text(first[1])


def finding_text(finding: Finding) -> str:
    """What differs, where, and how much, in one line; both sides where they are no tensors."""
    where = [] if finding.layer is None else [f"layer {finding.layer}" + (f" {finding.kind}" if finding.kind else "")]
    if finding.tensor is not None:
        where.append(finding.tensor)
    text = finding.what + (f" at {', '.join(where)}" if where else "")
    elements = finding.elements
    if elements is None:
        return f"{text}: Lean {finding.lean}; reference {finding.reference}"
    text += f", shape {list(elements.shape)}: {elements.differing:,} of {elements.total:,} elements differ"
    if elements.max_ulp is not None:
        text += f", by at most {elements.max_ulp:,} ulp"
    if elements.not_finite:
        text += f", {elements.not_finite:,} of them with no distance (NaN or infinity)"
    return text


def element_row(element: Element) -> tuple[str, str, str, str, str, str]:
    """One differing element, under `ELEMENT_COLUMNS`."""
    lean, reference = (float_of(int(bits, 16)).hex() for bits in (element.lean, element.reference))
    ulp = "-" if element.ulp is None else f"{element.ulp:,}"
    return str(list(element.coordinate)), f"0x{element.lean}", lean, f"0x{element.reference}", reference, ulp

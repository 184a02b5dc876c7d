"""Initialisation plans. No golden export carries any: a case's layers are given theirs, and one is then broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.faults.fault import Fault, at, salt_of, turned
from tests.faults.layers import GATES
from tests.faults.machine import Machine, place_of
from tests.faults.replay import items_of, one_case
from tests.faults.rules import Rules, rules_of
from tests.scalar.bits import bits
from xcheck.lean_parser.records import Export, GraphItem, LayerRecord, LayersOk, LowerItem, SeqItem
from xcheck.reference.graph import Prim, primitives

Plan = tuple[str, ...]
"""A layer's entries, one for each parameter."""


def _hex(value: float) -> str:
    return f"0x{bits(value):016x}"


KERNEL = f"uniform {_hex(-0.1)} {_hex(0.1)}"


def text(plan: Plan) -> str:
    return f"[{', '.join(plan)}]"


def plan_of(node: Prim, seed: int) -> Plan:
    """The plan of a primitive whose weight takes this seed."""
    match place_of(node.primitive):
        case "linear":
            outputs, inputs = node.signature.params[0]
            return f"xavierUniform {inputs} {outputs} {seed}", "zeros"
        case "conv":
            return f"{KERNEL} {seed}", "zeros"
        case "batch_norm":
            return "ones", "zeros"
    return ()


def plan_of_record(record: LayerRecord) -> Plan:
    """The plan of a catalogue layer."""
    given, count = record.attributes, len(record.signature.params)

    def xavier(inputs: int, outputs: int, which: int = 0) -> str:
        return f"xavierUniform {inputs} {outputs} {given['seedW'] + which}"

    match given["builder"]:
        case "linear" | "linear2d":
            return xavier(given["inDim"], given["outDim"]), "zeros"
        case "rnn" | "gru" | "lstm" | "mamba" as name:
            hidden = given["hiddenSize"]
            widths = [given["inputSize"] + hidden] * GATES.get(name, 3)
            if name == "mamba":
                widths[0] = widths[2] = given["inputSize"]
            return tuple(e for gate, width in enumerate(widths) for e in (xavier(width, hidden, gate), "zeros"))
        case "conv" | "conv2d" | "convTranspose" | "convTranspose2d":
            return f"{KERNEL} {given['seedK']}", "zeros"
        case "multiHeadAttention" | "multiHeadAttentionOutputBias":
            heads = given["numHeads"] * given["headDim"]
            return (*(xavier(given["dModel"], heads, which) for which in range(4)), "zeros")[:count]
        case "dropout":
            return (f"flat 0x{int(given['p']):016x}",)
    filled = ("ones", "zeros", "zeros", "ones")[:count]
    return (*filled, f"flat 0x{int(given['momentum']):016x}") if "momentum" in given else filled


def planned(export: Export, case: str) -> tuple[int, tuple[Plan, ...]] | None:
    """The number of the item whose layers can be given plans, and their plans; None where there are none to give."""
    rules = rules_of(export)
    if rules.sampler != "splitmix64":
        return None
    items = items_of(export, case)
    first = items[0]
    if isinstance(first, SeqItem):
        return 0, tuple(map(plan_of_record, first.layers))
    for number, item in enumerate(items):
        if isinstance(item, LowerItem) and isinstance(item.outcome, LayersOk) and isinstance(first, GraphItem):
            return number, _lowered(first, item.index, rules)
    return None


def _lowered(item: GraphItem, index: int, rules: Rules) -> tuple[Plan, ...]:
    machine, nodes = Machine(rules), list(primitives(item.graph))
    seen, _ = machine.occurrences(nodes, index)
    return tuple(plan_of(node, machine.seeds(node.primitive, own)[0]) for node, own in zip(nodes, seen, strict=True))


def with_plans(export: Export, case: str, number: int, texts: tuple[str, ...]) -> Export:
    """The case with these plans at the layers of one item."""
    items = items_of(export, case)
    item = items[number]
    shown = item.layers if isinstance(item, SeqItem) else item.outcome.layers
    layers = tuple(replace(layer, plan=own) for layer, own in zip(shown, texts, strict=True))
    if isinstance(item, SeqItem):
        changed = replace(item, layers=layers)
    else:
        changed = replace(item, outcome=replace(item.outcome, layers=layers))
    return replace(one_case(export, case), items=at(items, number, changed))


def broken_plan(name: str, change: Callable[[Plan], str | None]) -> Fault:
    """A case with plans, one of them as `change` has it: the first that it takes."""

    def plant(export: Export, case: str) -> Export | None:
        found = planned(export, case)
        if found is None:
            return None
        number, plans = found
        for place in turned(len(plans), salt_of(case)):
            other = change(plans[place])
            if other is not None and other != text(plans[place]):
                return with_plans(export, case, number, at(tuple(map(text, plans)), place, other))
        return None

    return Fault(f"plan/{name}", "plan", plant)


def _entry(change: Callable[[list[str]], list[str] | None]) -> Callable[[Plan], str | None]:
    """A change of the first entry that it takes; it gets the entry's words."""

    def changed(plan: Plan) -> str | None:
        for place, entry in enumerate(plan):
            words = change(entry.split())
            if words is not None:
                return text(at(plan, place, " ".join(words)))
        return None

    return changed


def _seed(words: list[str]) -> list[str] | None:
    return [*words[:-1], str(int(words[-1]) + 1)] if words[0] in ("xavierUniform", "uniform") else None


def _fans(words: list[str]) -> list[str] | None:
    exchanged = words[0] == "xavierUniform" and words[1] != words[2]
    return [words[0], words[2], words[1], words[3]] if exchanged else None


def _scheme(words: list[str]) -> list[str] | None:
    return ["kaimingUniform", words[1], words[3]] if words[0] == "xavierUniform" else None


def _bound(words: list[str]) -> list[str] | None:
    return [*words[:2], f"0x{int(words[2], 16) + 1:016x}", words[3]] if words[0] == "uniform" else None


def _filled(words: list[str]) -> list[str] | None:
    return {"zeros": ["ones"], "ones": ["zeros"]}.get(words[0])


def _payload(words: list[str]) -> list[str] | None:
    return ["flat", f"0x{int(words[1], 16) ^ 1:016x}"] if words[0] == "flat" else None


FAULTS = (
    broken_plan("seed", _entry(_seed)),
    broken_plan("fans-exchanged", _entry(_fans)),
    broken_plan("scheme", _entry(_scheme)),
    broken_plan("bound", _entry(_bound)),
    broken_plan("filled", _entry(_filled)),
    broken_plan("payload", _entry(_payload)),
    broken_plan("entry-lost", lambda plan: text(plan[:-1]) if plan else None),
    broken_plan("entry-too-many", lambda plan: text((*plan, "zeros"))),
    broken_plan("none", lambda _: "none"),
)

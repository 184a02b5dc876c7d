"""A case as Lean source: its graph as a `def`, and `#eval` lines that ask Lean what the case asked.

Every float is written `Float.ofBits 0x...`: Lean's decimal literals are not correctly rounded in every toolchain. The
`#eval` lines use the functions of the exporter (`lean_exports/XCheck`), so the file runs in a checkout that has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcheck.lean_parser.lean_printer import print_expression, print_shape, unprintable
from xcheck.lean_parser.records import DagItem, DetInitItem, ForwardItem, GraphItem, InitItem, Item, LowerItem, SeqItem
from xcheck.lean_parser.strings import quote
from xcheck.reference.graph import signature_of
from xcheck.reference.operation import Via
from xcheck.reference.profile import Profile, Surface
from xcheck.tensor import Shape, Tensor

_NAMESPACE = "NN.GraphSpec.XCheckCase"
_OPENS = {
    Surface.CHAIN: ("open Spec TorchLean",),
    Surface.GRAPH_ALIASES: ("open Spec", "open NN.Tensor"),
    Surface.GRAPH_DIM: ("open Spec",),
}


class NoLeanSourceError(ValueError):
    """A case that cannot be written in the surface; the text says why."""


def lean_source(items: Sequence[Item], profile: Profile) -> str:
    """The whole file for one case. Raises `NoLeanSourceError`."""
    return "\n".join(_lines(items, profile)) + "\n"


def _lines(items: Sequence[Item], profile: Profile) -> Iterator[str]:
    subject = items[0]
    if not isinstance(subject, GraphItem):
        raise NoLeanSourceError("only a graph can be written as Lean source, not a layer stack")
    reasons = list(unprintable(subject.graph, profile))
    if reasons:
        raise NoLeanSourceError(f"{profile.name} cannot express this graph: {'; '.join(reasons)}")
    signature = signature_of(subject.graph)
    owner = "Chain" if profile.surface is Surface.CHAIN else "Graph"
    params = ", ".join(print_shape(shape, profile) for shape in signature.params)
    ends = " ".join(print_shape(shape, profile, argument=True) for shape in (signature.input, signature.output))
    yield from ("import XCheck.Compat", "")
    yield f"-- The case {quote(subject.name)}, written for {profile.name}."
    yield "-- It runs in a checkout that has the exporter: xcheck lean install CHECKOUT"
    yield from ("", f"namespace {_NAMESPACE}", "", *_OPENS[profile.surface], "")
    yield f"def subject : {owner} [{params}] {ends} :="
    yield f"  {print_expression(subject.graph, profile)}"
    name, number = quote(subject.name), 0
    for item in items[1:]:
        yield ""
        match item:
            case DagItem():
                yield f"#eval IO.println (XCheck.dagItem {name} (XCheck.Surface.dagText subject))"
            case LowerItem(index=index):
                lowered = f"(XCheck.Surface.lowered subject {index}).map (fun l => (l.next, l.layers))"
                yield f"#eval IO.println (XCheck.lowerItem {name} {index} ({lowered}))"
            case InitItem(index=index):
                lowered = f"XCheck.Surface.lowered subject {index}"
                yield f"#eval IO.println (match {lowered} with"
                yield f"  | .ok l => XCheck.initItem {name} {index} l.init"
                yield "  | .error e => e)"
            case DetInitItem(index=index):
                yield f"#eval IO.println (XCheck.detInitItem {name} {index} (XCheck.Surface.detInit subject {index}))"
            case ForwardItem():
                number += 1
                yield from _forward(item, signature.params, number, profile)
            case GraphItem() | SeqItem():
                pass
    yield from ("", f"end {_NAMESPACE}")


def _forward(item: ForwardItem, shapes: Sequence[Shape], number: int, profile: Profile) -> Iterator[str]:
    chain = profile.surface is Surface.CHAIN
    tensor = "TorchLean.Tensor" if chain else "Spec.Tensor"
    pack = "TorchLean.TensorPack" if chain else "Runtime.Autograd.Torch.TList"
    entry = f"input{number}"
    yield f"def {entry} : {tensor} Float {print_shape(item.input.shape, profile, argument=True)} :="
    yield f"  {_literal(item.input)}"
    if item.params is None:
        yield ""
        yield f"-- On the initial parameters from counter {item.index}: every layer's output, then the whole graph's."
        given = f"XCheck.Surface.lowered subject {item.index}"
        yield f"#eval IO.println (match {given} with"
        yield f"  | .ok l => match XCheck.Surface.specSteps subject l.init (XCheck.Surface.bitsOf {entry}) with"
        yield from _shown("    ")
        yield "  | .error e => e)"
    else:
        listed = ", ".join(print_shape(shape, profile) for shape in shapes)
        yield ""
        yield f"def parameters{number} : {pack} Float [{listed}] :="
        for given_tensor in item.params:
            yield f"  .cons ({_literal(given_tensor)}) <|"
        yield "  .nil"
        yield ""
        yield "-- Every layer's output, then the whole graph's."
        bits = f"(XCheck.Surface.packBits parameters{number}) (XCheck.Surface.bitsOf {entry})"
        yield f"#eval IO.println (match XCheck.Surface.specSteps subject {bits} with"
        yield from _shown("  ", closing=")")
    if item.via is not Via.SPEC:
        yield f"-- The case ran via {item.via}, in {item.mode} mode; the lines above run the pure semantics."


def _shown(indent: str, closing: str = "") -> Iterator[str]:
    yield f'{indent}| .ok (steps, out) => XCheck.tensorsText "" steps ++ "\\n" ++ XCheck.tensorText out'
    yield f"{indent}| .error e => e{closing}"


def _literal(tensor: Tensor) -> str:
    """A tensor that reads an array of floats, each given by its bits."""
    floats = ", ".join(f"Float.ofBits 0x{bits:016x}" for bits in tensor.bits.tolist())
    return f"XCheck.Surface.readBits (#[{floats}].map Float.toBits) _ 0" if floats else _empty()


def _empty() -> str:
    return "XCheck.Surface.readBits #[] _ 0"

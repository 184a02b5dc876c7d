"""Writing a graph as Lean source, in the surface of a profile: read back, it denotes the same graph.

Surfaces: capitalised shape aliases and `Graph` (to c1043f1), `.dim` and `Graph` (852c9c6 to b2a2184), list shapes and
`Chain` (from a351909).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xcheck.reference.graph import Graph, Identity, Prim, reading_order, signature_of
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import Profile, Surface
from xcheck.tensor import Shape

_ALIASES: Final = {1: "Vec", 2: "Mat", 3: "CHW", 4: "OIHW"}


class UnprintableError(ValueError):
    """A graph that no source of this surface denotes: a user's own primitive, or a proof that would be false."""


def print_shape(shape: Shape, profile: Profile, *, argument: bool = False) -> str:
    """A shape in the profile's spelling; as an `argument` it stands in brackets where it needs them."""
    if profile.surface is Surface.CHAIN:
        return "[" + ", ".join(map(str, shape)) + "]"
    if profile.surface is Surface.GRAPH_ALIASES and len(shape) in _ALIASES:
        text = f"Shape.{_ALIASES[len(shape)]} " + " ".join(map(str, shape))
    elif not shape:
        return "Shape.scalar" if profile.surface is Surface.GRAPH_ALIASES else ".scalar"
    else:
        text = "".join(f".dim {n} (" for n in shape[:-1]) + f".dim {shape[-1]} .scalar" + ")" * (len(shape) - 1)
    return f"({text})" if argument else text


def print_expression(graph: Graph, profile: Profile) -> str:
    """The graph as one expression, `>>>` associated as the graph is. Raises `UnprintableError`."""
    owner = "Chain" if profile.surface is Surface.CHAIN else "Graph"
    pieces: list[str] = []
    # For each open composition: which operand comes next, and whether it is written in brackets.
    opened: list[tuple[int, bool]] = []
    for node in reading_order(graph):
        if node == ")":
            if opened.pop()[1]:
                pieces.append(")")
        elif node == "(":
            bracketed = bool(opened) and opened[-1][0] == 0
            if bracketed:
                pieces.append("(")
            opened.append((0, bracketed))
            continue
        elif isinstance(node, Identity):
            pieces.append(f"{owner}.id {print_shape(node.shape, profile, argument=True)}")
        elif isinstance(node, Prim):
            pieces.append(f"{owner}.{_call(node, profile)}")
        if opened and opened[-1][0] == 0:
            opened[-1] = (1, opened[-1][1])
            pieces.append(" >>>\n  ")
    return "".join(pieces)


def print_source(graph: Graph, name: str, profile: Profile) -> str:
    """A whole file that defines the graph under `name`, with its declared type. Raises `UnprintableError`."""
    signature = signature_of(graph)
    owner = "Chain" if profile.surface is Surface.CHAIN else "Graph"
    params = "\n      , ".join(print_shape(s, profile) for s in signature.params)
    ends = " ".join(print_shape(s, profile, argument=True) for s in (signature.input, signature.output))
    opens = {
        Surface.CHAIN: "open Spec TorchLean",
        Surface.GRAPH_ALIASES: "open Spec\nopen NN.Tensor",
        Surface.GRAPH_DIM: "open Spec",
    }[profile.surface]
    return "\n".join(
        [
            "module",
            "",
            "@[expose] public section",
            "",
            "namespace NN.GraphSpec.Models",
            "",
            opens,
            "",
            f"def {name} :",
            f"    {owner}",
            f"      [ {params} ]" if params else "      []",
            f"      {ends} :=",
            f"  {print_expression(graph, profile)}",
            "",
            "end NN.GraphSpec.Models",
            "",
        ]
    )


def _proofs(*names: str) -> str:
    return "".join(f" ({name} := by decide)" for name in names)


def _require(what: str, *values: int) -> None:
    if 0 in values:
        raise UnprintableError(f"{what} with a 0 where Lean asks for a proof that it is not")


def _list(values: Shape | None) -> str:
    if values is None:
        raise UnprintableError("a window whose geometry is not known")
    return "[" + ", ".join(map(str, values)) + "]"


def _call(node: Prim, profile: Profile) -> str:
    shape = node.signature.input
    argument = print_shape(shape, profile, argument=True)
    match node.primitive:
        case Linear(inputs, outputs):
            return f"linear {inputs} {outputs}"
        case Relu():
            return f"relu {argument}"
        case Flatten():
            return f"flatten {argument}"
        case Softmax(axis):
            if profile.surface is not Surface.CHAIN:
                if axis is not None:
                    raise UnprintableError("softmax over a given axis")
                return f"softmax {argument}"
            if axis is None:
                raise UnprintableError("softmax over an axis that is not known")
            return f"softmax {argument} {axis}"
        case Conv2d(inputs, outputs, height, width, stride, padding):
            _require("conv2d", inputs, height, width)
            proofs = ["h_inC", "h_kH", "h_kW"]
            if profile.name not in ("tl-2026-05", "tl-2026-06"):
                _require("conv2d", stride)
                proofs.append("hStride")
            numbers = f"{inputs} {outputs} {height} {width} {stride} {padding} {shape[1]} {shape[2]}"
            return f"conv2d {numbers}{_proofs(*proofs)}"
        case MaxPool2d(height, width, stride):
            _require("maxPool2d", height, width, stride)
            numbers = f"{height} {width} {shape[1]} {shape[2]} {shape[0]} {stride}"
            return f"maxPool2d {numbers}{_proofs('h_kH', 'h_kW', 'hStride')}"
        case BatchNormChw(channels, height, width):
            _require("batchnormChw", channels, height, width)
            return f"batchnormChw {channels} {height} {width} (by decide) (by decide) (by decide)"
        case GlobalAvgPool2dChw(channels, height, width):
            _require("globalAvgPool2dChw", channels, height, width)
            return f"globalAvgPool2dChw {channels} {height} {width} (by decide) (by decide) (by decide)"
        case Conv(_, inputs, outputs, kernel, stride_, padding_):
            geometry = " ".join(_list(g) for g in (kernel, stride_, padding_, shape[1:]))
            return f"conv {inputs} {outputs} {geometry}"
        case MaxPoolNd(_, kernel, stride_, padding_):
            _require("maxPool", *(kernel or ()), *(stride_ or ()))
            geometry = " ".join(_list(g) for g in (kernel, stride_, padding_, shape[1:]))
            return f"maxPool {shape[0]} {geometry}{_proofs('hKernel', 'hStride')}"
        case BatchNorm(channels, _):
            _require("batchNorm", *shape)
            return f"batchNorm {channels} {_list(shape[1:])} (by decide)"
    raise UnprintableError(f"the primitive {node.primitive.name!r} has no constructor in Lean's own table")


def unprintable(graph: Graph, profile: Profile) -> Iterator[str]:
    """Why the graph cannot be written, one reason for each primitive; none where it can."""
    for node in reading_order(graph):
        if isinstance(node, Prim):
            try:
                _call(node, profile)
            except UnprintableError as reason:
                yield str(reason)

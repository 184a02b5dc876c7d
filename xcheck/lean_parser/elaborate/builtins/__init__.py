"""The built-in table: GraphSpec and TorchLean constructors, and the part of Lean's library that models use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from xcheck.lean_parser.elaborate.builtins.table import TYPES, Builtin, Call
from xcheck.reference.profile import Profile, Surface

__all__ = ["TYPES", "Builtin", "Call", "builtin_table", "namespaces_of"]

_NN: Final = "Runtime.Autograd.TorchLean.NN"
_NAMESPACES: Final[dict[str, tuple[str, ...]]] = {
    "Shape": ("Spec.Shape", "NN.Tensor.Shape", "NN.Shape"),
    "List": ("List",),
    "Array": ("List",),
    "Nat": ("Nat",),
    "Fin": ("Fin", "Nat"),
    "Bool": ("Bool",),
    "String": ("String",),
    "Float": ("Float",),
    "Option": ("Option",),
    "Except": ("Except",),
    "Prod": ("Prod",),
    "Graph": ("NN.GraphSpec.Graph", "NN.GraphSpec.Chain"),
    "Primitive": ("NN.GraphSpec.Primitive",),
    "Seq": (f"{_NN}.Seq", "Runtime.Autograd.Model.Layers.Seq"),
    "LayerDef": (f"{_NN}.LayerDef", "Runtime.Autograd.Model.Layers.Layer"),
    "Tensor": ("Spec.Tensor", "TorchLean.Tensor", "Vector"),
    "TList": ("Runtime.Autograd.Torch.TList", "TorchLean.TensorPack"),
    "Model": ("NN.GraphSpec.DAG.Model",),
    "Term": ("NN.GraphSpec.DAG.Term",),
    "Args": ("NN.GraphSpec.DAG.Args",),
    "PrimOp": ("NN.GraphSpec.DAG.PrimOp",),
    "Var": ("NN.GraphSpec.DAG.Var",),
    "Scheme": ("Runtime.Autograd.Torch.Init.Scheme",),
    "Activation": (f"{_NN}.FNO1D.Activation",),
}


def namespaces_of(head: str, profile: Profile) -> tuple[str, ...]:
    """Where `.name` and `value.name` look for a type's constructors and functions."""
    own = _NAMESPACES.get(head, ())
    if head == "Shape" and profile.surface is Surface.CHAIN:
        return (*own, "List")
    return own


@cache
def builtin_table(profile: Profile) -> Mapping[str, Builtin]:
    """The built-ins of a profile by full name."""
    from xcheck.lean_parser.elaborate.builtins import dags, graphs, layers, library, shapes, tensors, types

    table: dict[str, Builtin] = {}
    for module in (types, library, shapes, graphs, dags, tensors, layers):
        for row in module.ROWS:
            if row.when(profile):
                for name in row.names.split():
                    table[name] = row
                if row.type_head:
                    table[f"{TYPES}.{row.type_head}"] = row
    return table

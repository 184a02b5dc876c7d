"""Type constructors."""

from __future__ import annotations

from typing import Final

from xcheck.lean_parser.elaborate.builtins.table import Builtin, Call, Implementation
from xcheck.lean_parser.elaborate.values import HOLE, UNSET, Proposition, Type
from xcheck.lean_parser.lean_syntax import Binding
from xcheck.reference.profile import Profile, Surface


def _graph(profile: Profile) -> bool:
    return profile.surface is not Surface.CHAIN


def _chain(profile: Profile) -> bool:
    return profile.surface is Surface.CHAIN


def _make(head: str) -> Implementation:
    def implement(call: Call) -> Type:
        names = [b.name for b in call.function.binders if b.binding is Binding.EXPLICIT]
        values = (call[name] for name in names)
        return Type(head, tuple(HOLE if value is UNSET else value for value in values))

    return implement


def _type(head: str, names: str, signature: str = "", when: object = None) -> Builtin:
    gate = when if callable(when) else (lambda profile: True)
    return Builtin(names, signature, _make(head), gate, holes="type", type_head=head)


def _vector(call: Call) -> Type:
    length = call["n"]
    return Type("Tensor", (call["α"], (length,) if type(length) is int else HOLE))


def _axis(call: Call) -> Proposition:
    axis, shape = call["axis"], call["s"]
    if type(axis) is not int or not isinstance(shape, tuple):
        return Proposition(None)
    return Proposition(axis < len(shape), (axis, len(shape)))


_LAYERS: Final = "Runtime.Autograd.Model.Layers"
_NN: Final = "Runtime.Autograd.TorchLean.NN"
_CONV: Final = "(inC outC kH kW stride padding : Nat) (α : Type) (h1 h2 h3 : Proof)"

ROWS: Final[tuple[Builtin, ...]] = (
    _type("Nat", "Nat ℕ"),
    _type("Bool", "Bool"),
    _type("String", "String"),
    _type("Float", "Float"),
    _type("Unit", "Unit"),
    _type("Type", "Type", "(u : Nat := 0)"),
    _type("Type", "Sort", "(u : Nat := 0)"),
    _type("Proof", "Prop"),
    _type("IO", "IO", "(α : Type)"),
    _type("Shape", "Spec.Shape"),
    _type("List", "List", "(α : Type)"),
    _type("Array", "Array", "(α : Type)"),
    _type("Option", "Option", "(α : Type)"),
    _type("Except", "Except", "(ε α : Type)"),
    _type("Fin", "Fin", "(n : Nat)"),
    _type("Prod", "Prod", "(α β : Type)"),
    _type("Tensor", "Spec.Tensor", "(α : Type) (s : Shape)", _graph),
    _type("Tensor", "TorchLean.Tensor", "(α : Type) (s : Shape)", _chain),
    Builtin("Vector", "(α : Type) (n : Nat)", _vector, holes="type", type_head="Vector"),
    _type("TList", "Runtime.Autograd.Torch.TList", "(α : Type) (ss : List Shape)", _graph),
    _type("TList", "TorchLean.TensorPack", "(α : Type) (ss : List Shape)", _chain),
    _type("Graph", "NN.GraphSpec.Graph", "(ps : List Shape) (σ τ : Shape)", _graph),
    _type("Graph", "NN.GraphSpec.Chain", "(ps : List Shape) (σ τ : Shape)", _chain),
    _type("Primitive", "NN.GraphSpec.Primitive", "(ps : List Shape) (σ τ : Shape)"),
    _type("Seq", f"{_NN}.Seq NN.GraphSpec.ToTorchLean.Sequential TorchLean.nn.Sequential", "(σ τ : Shape)", _graph),
    _type("Seq", f"{_LAYERS}.Seq TorchLean.nn.Sequential", "(σ τ : Shape)", _chain),
    _type("LayerDef", f"{_NN}.LayerDef", "(σ τ : Shape)", _graph),
    _type("LayerDef", f"{_LAYERS}.Layer", "(σ τ : Shape)", _chain),
    _type("Model", "NN.GraphSpec.DAG.Model NN.GraphSpec.Model", "(ps ins : List Shape) (τ : Shape)"),
    _type("Term", "NN.GraphSpec.DAG.Term", "(Γ : List Shape) (τ : Shape)"),
    _type("Args", "NN.GraphSpec.DAG.Args", "(Γ ins : List Shape)"),
    _type("PrimOp", "NN.GraphSpec.DAG.PrimOp", "(ins : List Shape) (τ : Shape)"),
    _type("Var", "NN.GraphSpec.DAG.Var", "(Γ : List Shape) (s : Shape)", _chain),
    _type(
        "Program",
        "Runtime.Autograd.TorchLean.Program Runtime.Autograd.Model.Program",
        "(α : Type) (ins : List Shape) (τ : Shape)",
    ),
    _type("Scheme", "Runtime.Autograd.Torch.Init.Scheme"),
    _type("Activation", f"{_NN}.FNO1D.Activation"),
    _type("Class", "Context", "(α : Type)"),
    _type("Class", "DecidableEq", "(α : Type)"),
    _type("Class", "Inhabited", "(α : Type)"),
    _type("Class", "TorchLean.Storage", "(α : Type)", _chain),
    _type("LinearSpec", "Spec.LinearSpec", "(α : Type) (inDim outDim : Nat)"),
    _type("Conv2DSpec", "Spec.Conv2DSpec", _CONV, _graph),
    _type("MaxPool2DSpec", "Spec.MaxPool2DSpec", "(kH kW stride : Nat) (h1 h2 h3 : Proof)", _graph),
    _type(
        "ConvSpec",
        "Spec.ConvSpec",
        "(d inC outC : Nat) (kernel stride padding : Vector Nat d) (α : Type)",
        _chain,
    ),
    Builtin(
        "Spec.Shape.AxisInBounds", "(axis : Nat) (s : Shape)", _axis, _chain, holes="type", type_head="AxisInBounds"
    ),
)

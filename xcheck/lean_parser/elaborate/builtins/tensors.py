"""Initial tensors and their typed lists, and the tensor operations that an operation's own `specFwd` may use.

Sources: `NN/Runtime/Autograd/Torch/Utils.lean` @82bea12, `Torch/Initialization.lean` @996dda0 (schemes);
`NN/Spec/Layers/{Linear,Conv,Pooling,Activation}.lean` @82bea12.
"""

from __future__ import annotations

from typing import Final

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins.table import Builtin, Call, Implementation
from xcheck.lean_parser.elaborate.typing import RefusalError, as_shapes
from xcheck.lean_parser.elaborate.values import Pack, TensorTerm, TensorValue, Value
from xcheck.reference.dag import Op
from xcheck.reference.dag_operation import DagOperation, Elementwise, Embedded
from xcheck.reference.graph import prim
from xcheck.reference.initialise import Initial, KaimingUniform, Normal, Ones, Uniform, XavierUniform, Zeros
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import NormalScheme, Profile, Surface
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import SignatureError


def _graph(profile: Profile) -> bool:
    return profile.surface is not Surface.CHAIN


def _chain(profile: Profile) -> bool:
    return profile.surface is Surface.CHAIN


def _normal(profile: Profile) -> bool:
    return profile.normal_scheme is not NormalScheme.ABSENT


def _tensor(call: Call) -> TensorValue:
    return TensorValue(Initial(call["s"], call["sch"], call["seed"]))


def _pack_nil(call: Call) -> Pack:
    return Pack(())


def _pack_cons(call: Call) -> Pack:
    return Pack((call["t"], *call["ts"].items))


def _pack_zero(call: Call) -> Pack:
    shapes = as_shapes(call["ss"], call.profile)
    return Pack(tuple(TensorValue(Initial(s, Zeros(), 0)) for s in shapes))


def _of(*names: str) -> Implementation:
    def implement(call: Call) -> Pack:
        return Pack(tuple(call[n] for n in names))

    return implement


def _is_term(*tensors: Value) -> None:
    for tensor in tensors:
        if not isinstance(tensor, TensorTerm):
            raise RefusalError("tensor arithmetic outside an operation's specFwd is not supported")


def _through(call: Call, primitive: Primitive, params: tuple[Value, ...], x: Value) -> TensorTerm:
    """A primitive applied to tensors of an operation's definition."""
    _is_term(*params, x)
    try:
        node = prim(primitive, x.shape, call.profile)
    except SignatureError as error:
        raise RefusalError(str(error)) from None
    for given, shape in zip(params, node.signature.params, strict=True):
        if given.shape != shape:
            raise RefusalError(
                f"{primitive.name} takes a parameter {format_shape(shape)}, got {format_shape(given.shape)}"
            )
    operation: DagOperation = Embedded(primitive.name, primitive, node.signature)
    return TensorTerm(Op(operation.name, (*(p.term for p in params), x.term), operation), node.signature.output)


def _record(call: Call, name: str, head: str) -> v.RecordValue:
    record = call[name]
    if not isinstance(record, v.RecordValue) or record.type.head != head:
        raise RefusalError(f"the layer specification is not a {head}")
    return record


def _linear(call: Call) -> TensorTerm:
    layer = _record(call, "layer", "LinearSpec")
    fields = dict(layer.fields)
    _, inputs, outputs = layer.type.arguments
    return _through(call, Linear(inputs, outputs), (fields["weights"], fields["bias"]), call["x"])


def _conv2d(call: Call) -> TensorTerm:
    layer = _record(call, "layer", "Conv2DSpec")
    fields = dict(layer.fields)
    inputs, outputs, height, width, stride, padding = layer.type.arguments[:6]
    primitive = Conv2d(inputs, outputs, height, width, stride, padding)
    return _through(call, primitive, (fields["kernel"], fields["bias"]), call["x"])


def _conv(call: Call) -> TensorTerm:
    layer = _record(call, "layer", "ConvSpec")
    fields = dict(layer.fields)
    rank, inputs, outputs, kernel, stride, padding = layer.type.arguments[:6]
    primitive = Conv(rank, inputs, outputs, kernel.items, stride.items, padding.items)
    return _through(call, primitive, (fields["kernel"], fields["bias"]), call["x"])


def _max_pool(call: Call) -> TensorTerm:
    height, width, stride = _record(call, "layer", "MaxPool2DSpec").type.arguments[:3]
    return _through(call, MaxPool2d(height, width, stride), (), call["x"])


def _max_pool_pad(call: Call) -> TensorTerm:
    """The padded pool: cells row-major, padding ignored, in every revision that has it."""
    height, width, stride = _record(call, "layer", "MaxPool2DSpec").type.arguments[:3]
    given = call["padding"]
    primitive = MaxPoolNd(2, (height, width), (stride, stride), (given, given))
    return _through(call, primitive, (), call["x"])


def _elementwise(which: str) -> Implementation:
    def implement(call: Call) -> TensorTerm:
        left, right = call["x"], call["y"]
        _is_term(left, right)
        if left.shape != right.shape:
            raise RefusalError(f"{which} of {format_shape(left.shape)} and {format_shape(right.shape)}")
        return TensorTerm(Op(which, (left.term, right.term), Elementwise(which, left.shape)), left.shape)

    return implement


def _cast_shape(call: Call) -> Value:
    """`castShape y h`: the shape on the right of the equation that `h` proves."""
    tensor, proof = call["y"], call["h"]
    if isinstance(tensor, TensorTerm) and isinstance(proof, v.Proof) and proof.of is not None and proof.of.sides:
        before, after = proof.of.sides
        if before != tensor.shape or after != tensor.shape:
            raise RefusalError(f"a cast of {format_shape(tensor.shape)} by a proof about other shapes")
    return tensor


_INIT: Final = "Runtime.Autograd.Torch.Init"
_LISTS: Final = "Runtime.Autograd.Torch"
_ALGEBRA: Final = "Runtime.Autograd.Torch.Proofs.Autograd.Algebra.TList.append Proofs.Autograd.Algebra.TList.append"
_TWO: Final = "{α : Type} {s₁ s₂ : Shape} (a : Tensor α s₁) (b : Tensor α s₂)"
_FOUR: Final = (
    "{α : Type} {s₁ s₂ s₃ s₄ : Shape} (a : Tensor α s₁) (b : Tensor α s₂) (c : Tensor α s₃) (d : Tensor α s₄)"
)
_CONS: Final = "{α : Type} {s : Shape} {ss : List Shape} (t : Tensor α s) (ts : TList α ss)"
_POOL: Final = (
    "{kH kW inH inW inC stride padding : Nat} {h1 h2 hStride : Proof} "
    "(layer : MaxPool2DSpec kH kW stride _ _ _) (x : Tensor _ _)"
)

ROWS: Final[tuple[Builtin, ...]] = (
    Builtin(f"{_INIT}.tensor", "{s : Shape} (sch : Scheme) (seed : Nat) : Tensor Float s", _tensor),
    Builtin(f"{_INIT}.Scheme.zeros", "", lambda c: Zeros()),
    Builtin(f"{_INIT}.Scheme.ones", "", lambda c: Ones()),
    Builtin(f"{_INIT}.Scheme.uniform", "(lo hi : Float)", lambda c: Uniform(c["lo"], c["hi"])),
    Builtin(f"{_INIT}.Scheme.xavierUniform", "(fanIn fanOut : Nat)", lambda c: XavierUniform(c["fanIn"], c["fanOut"])),
    Builtin(f"{_INIT}.Scheme.kaimingUniform", "(fanIn : Nat)", lambda c: KaimingUniform(c["fanIn"])),
    Builtin(f"{_INIT}.Scheme.normal", "(mean std : Float)", lambda c: Normal(c["mean"], c["std"]), _normal),
    Builtin(
        "Spec.zeros TorchLean.Tensor.zeros",
        "(α : Type) (s : Shape) : Tensor α s",
        lambda c: TensorValue(Initial(c["s"], Zeros(), 0)),
    ),
    Builtin(
        "Spec.ones TorchLean.Tensor.ones",
        "(α : Type) (s : Shape) : Tensor α s",
        lambda c: TensorValue(Initial(c["s"], Ones(), 0)),
    ),
    Builtin(f"{_LISTS}.TList.nil TorchLean.TensorPack.nil", "{α : Type}", _pack_nil),
    Builtin(f"{_LISTS}.TList.cons TorchLean.TensorPack.cons", f"{_CONS} : TList α (s :: ss)", _pack_cons),
    Builtin(
        f"{_ALGEBRA} TorchLean.TensorPack.append {_LISTS}.TList.append",
        "{α : Type} {ss₁ ss₂ : List Shape} (xs : TList α ss₁) (ys : TList α ss₂)",
        lambda c: Pack(c["xs"].items + c["ys"].items),
    ),
    Builtin("TorchLean.TensorPack.zero", "{α : Type} {ss : List Shape} : TList α ss", _pack_zero, _chain),
    Builtin("NN.GraphSpec.LowerToDAG.zeroInitParams", "(ss : List Shape) : TList Float ss", _pack_zero),
    Builtin(f"{_LISTS}.tlist1 {_LISTS}.tlistSingle", "{α : Type} {s : Shape} (a : Tensor α s)", _of("a")),
    Builtin(f"{_LISTS}.tlist2 {_LISTS}.tlistPair", _TWO, _of("a", "b")),
    Builtin(f"{_LISTS}.tlist4 {_LISTS}.tlistQuad", _FOUR, _of("a", "b", "c", "d")),
    Builtin("Spec.linearSpec", "{α : Type} (layer : LinearSpec _ _ _) (x : Tensor _ _)", _linear),
    Builtin(
        "Spec.conv2dSpec",
        "{α : Type} {inH inW : Nat} (layer : Conv2DSpec _ _ _ _ _ _ _ _ _ _) (x : Tensor _ _)",
        _conv2d,
        _graph,
        ("inH", "inW"),
    ),
    Builtin(
        "Spec.convSpec",
        "{α : Type} {inSpatial : Vector Nat _} (layer : ConvSpec _ _ _ _ _ _ _) (x : Tensor _ _)",
        _conv,
        _chain,
        ("inSpatial",),
    ),
    Builtin("Spec.maxPool2dMultiSpec", "{α : Type} " + _POOL, _max_pool, _graph, ("padding", "inH", "inW", "inC")),
    Builtin("Spec.maxPool2dMultiSpecPad", "{α : Type} " + _POOL, _max_pool_pad, _graph, ("inH", "inW", "inC")),
    Builtin(
        "Activation.reluSpec",
        "{α : Type} (x : Tensor _ _)",
        lambda c: _through(c, Relu(), (), c["x"]),
    ),
    Builtin(
        "Activation.softmaxSpec",
        "{α : Type} (x : Tensor _ _)",
        lambda c: _through(c, Softmax(), (), c["x"]),
        _graph,
    ),
    Builtin(
        "Activation.softmaxSpec",
        "{α : Type} (axis : Nat) (x : Tensor _ _)",
        lambda c: _through(c, Softmax(c["axis"]), (), c["x"]),
        _chain,
    ),
    Builtin(
        "Spec.Tensor.flattenSpec TorchLean.Tensor.flattenSpec Spec.flattenSpec",
        "{α : Type} (x : Tensor _ _)",
        lambda c: _through(c, Flatten(), (), c["x"]),
    ),
    *(
        Builtin(
            f"Spec.Tensor.{which}Spec Spec.{which}Spec TorchLean.Tensor.{which}Spec",
            "{α : Type} (x y : Tensor _ _)",
            _elementwise(which),
        )
        for which in ("add", "sub", "mul")
    ),
    Builtin("Spec.Tensor.castShape TorchLean.Tensor.castShape", "{α : Type} (y : Tensor _ _) (h : _)", _cast_shape),
)

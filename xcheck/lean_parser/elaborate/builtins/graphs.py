"""Graph and chain constructors: one row each, with Lean's argument order and proof arguments.

Sources: `NN/GraphSpec/Core.lean`, `Primitives/Vision.lean` @82bea12, @b2a2184; `Chain/Primitives.lean` @a351909,
`Primitives/Spatial.lean` @801eb0e, @996dda0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins.table import Builtin, Call
from xcheck.lean_parser.elaborate.typing import RefusalError
from xcheck.reference.graph import Compose, CompositionError, Identity, prim, signature_of
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import Profile, Surface
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import Shape


def _graph(profile: Profile) -> bool:
    return profile.surface is not Surface.CHAIN


def _chain(profile: Profile) -> bool:
    return profile.surface is Surface.CHAIN


Build = Callable[[Call], tuple[Primitive, Shape]]


def primitive_node(call: Call, build: Build) -> v.PrimitiveValue:
    """The primitive of a call, typed by the profile; raises `RefusalError` where it cannot take its input."""
    primitive, shape = build(call)
    try:
        return v.PrimitiveValue(prim(primitive, shape, call.profile))
    except SignatureError as error:
        raise RefusalError(str(error)) from None


def as_graph(value: v.PrimitiveValue) -> v.GraphValue:
    """`.prim p`."""
    return v.GraphValue(value.node, value.node.signature)


def _rows(
    name: str, signature: str, build: Build, when: Callable[[Profile], bool], proofs: tuple[str, ...] = ()
) -> tuple[Builtin, Builtin]:
    """The primitive and the graph constructor of the same name and arguments."""
    owner = "Chain" if when is _chain else "Graph"
    return (
        Builtin(f"NN.GraphSpec.Primitive.{name}", signature, lambda c: primitive_node(c, build), when, proofs),
        Builtin(f"NN.GraphSpec.{owner}.{name}", signature, lambda c: as_graph(primitive_node(c, build)), when, proofs),
    )


def conv2d_of(c: Call) -> tuple[Primitive, Shape]:
    """`conv2d` of a `Graph`."""
    primitive = Conv2d(c["inC"], c["outC"], c["kH"], c["kW"], c["stride"], c["padding"])
    return primitive, (c["inC"], c["inH"], c["inW"])


def max_pool2d_of(c: Call) -> tuple[Primitive, Shape]:
    """`maxPool2d` of a `Graph`."""
    return MaxPool2d(c["kH"], c["kW"], c["stride"]), (c["inC"], c["inH"], c["inW"])


def conv_of(c: Call) -> tuple[Primitive, Shape]:
    """`conv` of a `Chain`."""
    kernel, stride, padding, spatial = (c[a].items for a in ("kernel", "stride", "padding", "spatial"))
    return Conv(len(kernel), c["inC"], c["outC"], kernel, stride, padding), (c["inC"], *spatial)


def max_pool_of(c: Call) -> tuple[Primitive, Shape]:
    """`maxPool` of a `Chain`."""
    kernel, stride, padding, spatial = (c[a].items for a in ("kernel", "stride", "padding", "spatial"))
    return MaxPoolNd(len(kernel), kernel, stride, padding), (c["channels"], *spatial)


def _batch_norm_of(c: Call) -> tuple[Primitive, Shape]:
    if c["channels"] == 0 or 0 in c["spatial"]:
        raise RefusalError(f"batchNorm needs positive extents, has {[c['channels'], *c['spatial']]}")
    return BatchNorm(c["channels"], len(c["spatial"])), (c["channels"], *c["spatial"])


def _seq(call: Call) -> v.GraphValue:
    first, second = call["g₁"], call["g₂"]
    graph = Compose(first.graph, second.graph)
    try:
        signature = signature_of(graph)
    except CompositionError as error:
        raise RefusalError(str(error)) from None
    return v.GraphValue(graph, signature)


CONV2D: Final = "(inC outC kH kW stride padding inH inW : Nat) {h_inC : inC ≠ 0} {h_kH : kH ≠ 0} {h_kW : kW ≠ 0}"
CONV2D_STRIDE: Final = CONV2D + " {hStride : stride ≠ 0}"
MAX_POOL2D: Final = "(kH kW inH inW inC stride : Nat) {h_kH : kH ≠ 0} {h_kW : kW ≠ 0} {hStride : stride ≠ 0}"
BATCHNORM_CHW: Final = "(channels height width : Nat) (h_c : channels > 0) (h_h : height > 0) (h_w : width > 0)"
GLOBAL_AVG_POOL: Final = "(c h w : Nat) (h_c : c > 0) (h_h : h ≠ 0) (h_w : w ≠ 0)"
CHAIN_CONV: Final = "{d : Nat} (inC outC : Nat) (kernel stride padding spatial : Vector Nat d)"
CHAIN_MAX_POOL: Final = (
    "{d : Nat} (channels : Nat) (kernel stride padding spatial : Vector Nat d) "
    "{hKernel : ∀ i : Fin d, kernel.get i ≠ 0} {hStride : ∀ i : Fin d, stride.get i ≠ 0}"
)


def no_stride_proof(profile: Profile) -> bool:
    """Revisions before 564289f ask for no proof about a convolution's stride."""
    return profile.name == "tl-2026-05"


def stride_proof(profile: Profile) -> bool:
    """Revisions from 564289f on ask for one; `tl-2026-06` has both kinds."""
    return _graph(profile) and not no_stride_proof(profile)


def optional_stride(profile: Profile) -> bool:
    """The profile whose revisions differ in it."""
    return profile.name == "tl-2026-06"


def global_pool(profile: Profile) -> bool:
    """Whether the global average pool primitive exists."""
    return profile.global_avg_pool_primitive


def _prim(call: Call) -> v.GraphValue:
    return as_graph(call["p"])


def _identity(call: Call) -> v.GraphValue:
    shape: Shape = call["s"]
    return v.GraphValue(Identity(shape), Signature((), shape, shape))


_SEQ: Final = (
    "{ps₁ ps₂ : List Shape} {σ τ υ : Shape} (g₁ : Graph ps₁ σ τ) (g₂ : Graph ps₂ τ υ) : Graph (ps₁ ++ ps₂) σ υ"
)
_PRIM: Final = "{ps : List Shape} {σ τ : Shape} (p : Primitive ps σ τ) : Graph ps σ τ"

ROWS: Final[tuple[Builtin, ...]] = (
    Builtin("NN.GraphSpec.Graph.id", "(s : Shape) : Graph [] s s", _identity, _graph),
    Builtin("NN.GraphSpec.Chain.id", "(s : Shape) : Graph [] s s", _identity, _chain),
    Builtin("NN.GraphSpec.Graph.seq", _SEQ, _seq, _graph),
    Builtin("NN.GraphSpec.Chain.seq", _SEQ, _seq, _chain),
    Builtin("NN.GraphSpec.Graph.prim", _PRIM, _prim, _graph),
    Builtin("NN.GraphSpec.Chain.prim", _PRIM, _prim, _chain),
    *(
        row
        for when in (_graph, _chain)
        for row in (
            *_rows("linear", "(inDim outDim : Nat)", lambda c: (Linear(c["inDim"], c["outDim"]), (c["inDim"],)), when),
            *_rows("flatten", "(s : Shape) : _", lambda c: (Flatten(), c["s"]), when),
        )
    ),
    Builtin(
        "NN.GraphSpec.Graph.relu",
        "(s : Shape) : Graph [] s s",
        lambda c: as_graph(primitive_node(c, lambda d: (Relu(), d["s"]))),
        _graph,
    ),
    Builtin(
        "NN.GraphSpec.Chain.relu",
        "(s : Shape) : Graph [] s s",
        lambda c: as_graph(primitive_node(c, lambda d: (Relu(), d["s"]))),
        _chain,
    ),
    Builtin(
        "NN.GraphSpec.Primitive.relu",
        "(s : Shape) : Primitive [] s s",
        lambda c: primitive_node(c, lambda d: (Relu(), d["s"])),
    ),
    Builtin(
        "NN.GraphSpec.Graph.softmax",
        "(s : Shape) : Graph [] s s",
        lambda c: as_graph(primitive_node(c, lambda d: (Softmax(), d["s"]))),
        _graph,
    ),
    Builtin(
        "NN.GraphSpec.Primitive.softmax",
        "(s : Shape) : Primitive [] s s",
        lambda c: primitive_node(c, lambda d: (Softmax(), d["s"])),
        _graph,
    ),
    *_rows(
        "softmax",
        "(s : Shape) (axis : Nat) [AxisInBounds axis s]",
        lambda c: (Softmax(c["axis"]), c["s"]),
        _chain,
    ),
    *_rows("conv2d", CONV2D, conv2d_of, no_stride_proof),
    *_rows("conv2d", CONV2D_STRIDE, conv2d_of, lambda p: stride_proof(p) and not optional_stride(p)),
    *_rows("conv2d", CONV2D_STRIDE, conv2d_of, optional_stride, ("hStride",)),
    *_rows("maxPool2d", MAX_POOL2D, max_pool2d_of, _graph),
    *_rows(
        "batchnormChw",
        BATCHNORM_CHW,
        lambda c: (
            BatchNormChw(c["channels"], c["height"], c["width"]),
            (c["channels"], c["height"], c["width"]),
        ),
        _graph,
    ),
    *_rows(
        "globalAvgPool2dChw",
        GLOBAL_AVG_POOL,
        lambda c: (GlobalAvgPool2dChw(c["c"], c["h"], c["w"]), (c["c"], c["h"], c["w"])),
        global_pool,
    ),
    *_rows("conv", CHAIN_CONV, conv_of, _chain),
    *_rows("maxPool", CHAIN_MAX_POOL, max_pool_of, _chain),
    *_rows("batchNorm", "(channels : Nat) (spatial : Shape) (hWellFormed : Proof)", _batch_norm_of, _chain),
)

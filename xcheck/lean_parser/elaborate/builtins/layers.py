"""Layer builders of `TorchLean.NN`: one row each. A call becomes a `LayerCall` with the argument names of Lean.

Sources: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/Runtime/Autograd/TorchLean/NN/*.lean` @b2a2184,
`NN/Runtime/Autograd/TorchLean/Fno1d.lean` @82bea12; `NN/Runtime/Autograd/Model/Layers/*.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins.table import Builtin, Call, Implementation
from xcheck.lean_parser.elaborate.typing import RefusalError
from xcheck.lean_parser.elaborate.values import LayerCall, SeqModel, Value
from xcheck.lean_parser.lean_syntax import Binding
from xcheck.reference.profile import NormalScheme, Profile, Surface

_NN: Final = "Runtime.Autograd.TorchLean.NN"
_LAYERS: Final = "Runtime.Autograd.Model.Layers"


def _graph(profile: Profile) -> bool:
    return profile.surface is not Surface.CHAIN


def _chain(profile: Profile) -> bool:
    return profile.surface is Surface.CHAIN


def _early(profile: Profile) -> bool:
    """Before b0afc9d a one-layer stack is `seq1`; `tl-2026-06` has both names."""
    return profile.name in ("tl-2026-05", "tl-2026-06")


def _late(profile: Profile) -> bool:
    return _graph(profile) and profile.name != "tl-2026-05"


def _layer(builder: str) -> Implementation:
    def implement(call: Call) -> LayerCall:
        assert call.expected is not None
        given = []
        for binder in call.function.binders:
            value = call[binder.name]
            if binder.binding is not Binding.EXPLICIT or isinstance(value, v.Proof):
                continue
            if isinstance(value, v.OptionValue):
                if not value.present:
                    continue
                value = value.value
            given.append((binder.name, value.items if isinstance(value, v.NatTensor) else value))
        start, stop = call.expected.arguments
        return LayerCall(builder, tuple(given), start, stop)

    return implement


def _row(
    builder: str,
    signature: str,
    when: Callable[[Profile], bool] = _graph,
    owner: str = _NN,
    proofs: tuple[str, ...] = (),
) -> Builtin:
    return Builtin(f"{owner}.{builder}", signature, _layer(builder), when, proofs)


def _single(call: Call) -> SeqModel:
    layer: LayerCall = call["l"]
    return SeqModel((layer,), layer.input, layer.output)


def _cons(call: Call) -> SeqModel:
    layer, rest = call["l"], call["rest"]
    if layer.output != rest.input:
        raise RefusalError(f"the layer gives {list(layer.output)}, but the stack takes {list(rest.input)}")
    return SeqModel((layer, *rest.layers), layer.input, rest.output)


def _comp(call: Call) -> SeqModel:
    first, second = call["f"], call["g"]
    if first.output != second.input:
        raise RefusalError(f"the first stack gives {list(first.output)}, but the second takes {list(second.input)}")
    return SeqModel(first.layers + second.layers, first.input, second.output)


def _fno(real: bool) -> Implementation:
    """The layers of a Fourier neural operator, in running order: the last block's seed comes first."""
    builder = "FNO1D.Real.block" if real else "FNO1D.block"
    step, last = (17, 1000) if real else (10, 100)

    def implement(call: Call) -> SeqModel:
        grid, width, modes, blocks, seed = (call[a] for a in ("grid", "width", "modes", "blocks", "seed"))
        if blocks > 100_000:
            raise RefusalError(f"{blocks} blocks are too many to be meant")
        row, wide = (grid, 1), (grid, width)
        layers = [
            LayerCall("FNO1D.reshapeVecToMat1", (("grid", grid),), (grid,), row),
            _affine(grid, 1, width, seed),
        ]
        for k in reversed(range(blocks)):
            arguments: tuple[tuple[str, Value], ...] = (("grid", grid), ("width", width), ("modes", modes))
            if not real:
                arguments = (*arguments, ("activation", call["activation"]))
            layers.append(LayerCall(builder, (*arguments, ("seed", seed + step * k)), wide, wide))
        layers.append(_affine(grid, width, 1, seed + last))
        layers.append(LayerCall("FNO1D.reshapeMatToVec1", (("grid", grid),), row, (grid,)))
        return SeqModel(tuple(layers), (grid,), (grid,))

    return implement


def _affine(grid: int, inputs: int, outputs: int, seed: int) -> LayerCall:
    arguments = (("grid", grid), ("inC", inputs), ("outC", outputs), ("seedW", seed), ("seedB", seed + 1))
    return LayerCall("FNO1D.matAffine", arguments, (grid, inputs), (grid, outputs))


_V: Final = ".dim {} .scalar"
_SAME: Final = "{s : Shape} : LayerDef s s"
_CHW: Final = "(.dim inC (.dim inH (.dim inW .scalar)))"
_TOKENS: Final = "(.dim batch (.dim seqLen (.dim embedDim .scalar)))"
_IMAGE: Final = "(.dim channels (.dim height (.dim width .scalar)))"
_IMAGES: Final = "(.dim n (.dim c (.dim h (.dim w .scalar))))"
_ATTENTION: Final = "(.dim batch (.dim n (.dim dModel .scalar)))"
_ONLY_POSITIVE: Final = "{h_n_pos : n > 0} {h_c_pos : c > 0} {h_h_pos : h > 0} {h_w_pos : w > 0}"
_SEEDS_K: Final = "(seedK seedB : Nat := 0) (kInit : Scheme := .uniform (-0.1) 0.1)"
_RECURRENT: Final = (
    "(seqLen inputSize hiddenSize : Nat) (seedW seedB : Nat := 0) : "
    "LayerDef (.dim seqLen (.dim inputSize .scalar)) (.dim seqLen (.dim hiddenSize .scalar))"
)
_ND: Final = "(batch d {channels} : Nat) (kernel stride padding : Vector Nat d) (inSpatial : Vector Nat d)"
_ND_KERNEL: Final = "{hKernel : ∀ i : Fin d, kernel.get i ≠ 0}"
_ND_STRIDE: Final = "{hStride : ∀ i : Fin d, stride.get i ≠ 0}"


def _weight_schemes(profile: Profile) -> int:
    """How many weight schemes attention takes: one from 8c3a1e6 on (with the normal scheme), two from be55ea0 on."""
    if profile.normal_scheme is NormalScheme.ABSENT:
        return 0
    return 2 if profile.pool_2d_limits_padding else 1


def _attention(builder: str, schemes: int) -> Builtin:
    names = ("weightInit?", "outputWeightInit?")[:schemes]
    more = " ".join(f"({name} : Option Scheme := none)" for name in names)
    return _row(builder, f"{_MHA} {more} {_MASK} : {_MHA_TYPE}", lambda p: _graph(p) and _weight_schemes(p) == schemes)


_MASK: Final = "(mask : Option _ := none)"
_MHA: Final = "(batch n dModel numHeads headDim : Nat) {h1 : n ≠ 0} (seedW : Nat := 0)"
_MHA_TYPE: Final = f"LayerDef {_ATTENTION} {_ATTENTION}"


def _window(builder: str, kind: str, more: str, proofs: str, extent: str) -> Builtin:
    """A 2-D window layer: `kind` is its channel arguments, `extent` the output extent of one axis."""
    height, width = (extent.format(n=n, k=k) for n, k in (("inH", "kH"), ("inW", "kW")))
    out = "outC" if "outC" in kind else "inC"
    result = f"LayerDef {_CHW} (.dim {out} (.dim ({height}) (.dim ({width}) .scalar)))"
    return _row(builder, f"{kind} {proofs} {more} : {result}")


_CONV_ARGS: Final = "(inC outC kH kW stride padding inH inW : Nat)"
_CONV_PROOFS: Final = "{h1 : inC ≠ 0} {h2 : kH ≠ 0} {h3 : kW ≠ 0}"
_POOL_ARGS: Final = "(kH kW inH inW inC stride : Nat)"
_POOL_PAD_ARGS: Final = "(kH kW inH inW inC stride padding : Nat)"
_POOL_PROOFS: Final = "{h1 : kH ≠ 0} {h2 : kW ≠ 0}"
_EXPLICIT_PROOFS: Final = "(h1 : kH ≠ 0) (h2 : kW ≠ 0)"

ROWS: Final[tuple[Builtin, ...]] = (
    _row(
        "linear",
        f"(inDim outDim : Nat) (seedW seedB : Nat := 0) : LayerDef ({_V.format('inDim')}) ({_V.format('outDim')})",
    ),
    _row(
        "linear2d",
        "(batch inDim outDim : Nat) (seedW seedB : Nat := 0) : "
        "LayerDef (.dim batch (.dim inDim .scalar)) (.dim batch (.dim outDim .scalar))",
    ),
    *(_row(builder, _RECURRENT) for builder in ("rnn", "gru", "lstm", "mamba")),
    *(_row(builder, _SAME) for builder in ("relu", "silu", "gelu", "sigmoid", "tanh", "softmax", "square")),
    _row("sum", "{s : Shape} : LayerDef s .scalar"),
    _row("flatten", "{s : Shape} : LayerDef s (.dim s.size .scalar)"),
    _row("flattenKeep0", "{batch : Nat} {s : Shape} : LayerDef (.dim batch s) (.dim batch (.dim s.size .scalar))"),
    _row("dropout", "{s : Shape} (p : Float) (seed : Nat := 0) : LayerDef s s"),
    _row(
        "layerNorm",
        "(batch seqLen embedDim : Nat) {h_seq_pos : seqLen > 0} {h_embed_pos : embedDim > 0} "
        f"(seedGamma seedBeta : Nat := 0) : LayerDef {_TOKENS} {_TOKENS}",
    ),
    _row(
        "rmsNorm",
        "(batch seqLen embedDim : Nat) {h_seq_pos : seqLen > 0} {h_embed_pos : embedDim > 0} "
        f"(seedGamma : Nat := 0) : LayerDef {_TOKENS} {_TOKENS}",
    ),
    *(
        _row(
            builder,
            "(channels height width : Nat) {h_c : channels > 0} {h_h : height > 0} {h_w : width > 0} "
            f"{more} : LayerDef {_IMAGE} {_IMAGE}",
        )
        for builder, more in (
            ("batchnormChannelFirst", "(seedGamma seedBeta : Nat := 0)"),
            ("batchnormChannelFirstEval", "(seedGamma seedBeta seedMean seedVar : Nat := 0)"),
            ("batchnormChannelFirstMode", "(seedGamma seedBeta seedMean seedVar : Nat := 0) (momentum : Float := 0.1)"),
        )
    ),
    *(
        _row(builder, f"(n c h w : Nat) {_ONLY_POSITIVE} {more} : LayerDef {_IMAGES} {_IMAGES}")
        for builder, more in (
            ("instanceNorm2dNchw", "(seedGamma seedBeta : Nat := 0)"),
            ("batchNorm2dNchw", "(seedGamma seedBeta : Nat := 0)"),
            ("batchNorm2dNchwMode", "(seedGamma seedBeta seedMean seedVar : Nat := 0) (momentum : Float := 0.1)"),
        )
    ),
    _row(
        "groupNorm2dNchw",
        f"(n c h w groups : Nat) {_ONLY_POSITIVE} {{h_g_pos : groups > 0}} "
        "(h_ge : c ≥ groups) (h_div : c % groups = 0) "
        f"(seedGamma seedBeta : Nat := 0) : LayerDef {_IMAGES} {_IMAGES}",
    ),
    _window("conv2d", _CONV_ARGS, _SEEDS_K, _CONV_PROOFS, "window {n} {k} stride padding"),
    _window("convTranspose2d", _CONV_ARGS, _SEEDS_K, _CONV_PROOFS, "transposed {n} {k} stride padding"),
    _window("maxPool2d", _POOL_ARGS, "", _POOL_PROOFS, "pool {n} {k} stride 0"),
    _window("maxPool2dPad", _POOL_PAD_ARGS, "", _POOL_PROOFS, "pool {n} {k} stride padding"),
    _window("avgPool2d", _POOL_ARGS, "", _EXPLICIT_PROOFS, "pool {n} {k} stride 0"),
    _window("avgPool2dPad", _POOL_PAD_ARGS, "", _EXPLICIT_PROOFS, "pool {n} {k} stride padding"),
    *(
        _row(
            builder,
            f"{_ND.replace('{channels}', channels)} {proofs} {_ND_KERNEL} {_ND_STRIDE} {seeds} : "
            f"LayerDef (batched batch {channels.split()[0]} inSpatial) "
            f"(batched batch {channels.split()[-1]} ({extent} inSpatial kernel stride padding))",
            proofs=("hStride",),
        )
        for builder, channels, proofs, seeds, extent in (
            ("conv", "inC outC", "{hInC : inC ≠ 0}", _SEEDS_K, "windows"),
            ("convTranspose", "inC outC", "{hInC : inC ≠ 0}", _SEEDS_K, "transposeds"),
            ("maxPool", "C", "", "", "pools"),
        )
    ),
    _row(
        "avgPool",
        f"{_ND.replace('{channels}', 'C')} (hKernel : ∀ i : Fin d, kernel.get i ≠ 0) "
        "(hStride : ∀ i : Fin d, stride.get i ≠ 0 := by decide) : "
        "LayerDef (batched batch C inSpatial) (batched batch C (pools inSpatial kernel stride padding))",
    ),
    _row(
        "globalAvgPool2dChw",
        "(c h w : Nat) {h_c_pos : c > 0} {h_h_pos : h > 0} {h_w_pos : w > 0} : "
        "LayerDef (.dim c (.dim h (.dim w .scalar))) (.dim c .scalar)",
    ),
    _row("globalAvgPool2dNchw", f"(n c h w : Nat) {_ONLY_POSITIVE} : LayerDef {_IMAGES} (.dim n (.dim c .scalar))"),
    *(_attention("multiHeadAttention", schemes) for schemes in (0, 1, 2)),
    *(_attention("multiHeadAttentionOutputBias", schemes) for schemes in (1, 2)),
    # The Chain revisions: builders whose argument lists are known from the sources read.
    _row(
        "linear",
        "(inputWidth outputWidth : Nat) (weightSeed : Nat := 0) : LayerDef [inputWidth] [outputWidth]",
        _chain,
        _LAYERS,
    ),
    *(_row(builder, _SAME, _chain, _LAYERS) for builder in ("relu", "silu", "gelu", "sigmoid", "tanh")),
    _row("flatten", "{s : Shape} : LayerDef s [s.size]", _chain, _LAYERS),
    _row("softmax", "{s : Shape} (axis : Nat) [AxisInBounds axis s] : LayerDef s s", _chain, _LAYERS),
    Builtin(f"{_NN}.seq1", "{σ τ : Shape} (l : LayerDef σ τ) : Seq σ τ", _single, _early),
    Builtin(f"{_NN}.singleLayer", "{σ τ : Shape} (l : LayerDef σ τ) : Seq σ τ", _single, _late),
    Builtin(f"{_LAYERS}.Seq.fromLayer", "{σ τ : Shape} (l : LayerDef σ τ) : Seq σ τ", _single, _chain),
    Builtin(f"{_NN}.Seq.id {_LAYERS}.Seq.id", "(s : Shape) : Seq s s", lambda c: SeqModel((), c["s"], c["s"])),
    Builtin(
        f"{_NN}.Seq.cons {_LAYERS}.Seq.cons",
        "{σ τ υ : Shape} (l : LayerDef σ τ) (rest : Seq τ υ) : Seq σ υ",
        _cons,
    ),
    Builtin(
        f"{_NN}.Seq.comp {_LAYERS}.Seq.comp",
        "{σ τ υ : Shape} (f : Seq σ τ) (g : Seq τ υ) : Seq σ υ",
        _comp,
    ),
    Builtin(f"{_NN}.FNO1D.Activation.tanh", "", lambda c: "tanh", _graph),
    Builtin(f"{_NN}.FNO1D.Activation.relu", "", lambda c: "relu", _graph),
    Builtin(
        f"{_NN}.FNO1D.model",
        "(grid width modes blocks : Nat) (activation : Activation := .tanh) (seed : Nat := 0) "
        "(hModes : 2 * modes ≤ grid) : Seq (.dim grid .scalar) (.dim grid .scalar)",
        _fno(False),
        _graph,
    ),
    Builtin(
        f"{_NN}.FNO1D.Real.model",
        "(grid width modes blocks : Nat) (seed : Nat := 0) (hModes : 2 * modes ≤ grid) : "
        "Seq (.dim grid .scalar) (.dim grid .scalar)",
        _fno(True),
        _graph,
    ),
    Builtin(f"{_NN}.FNO1D.model_paramShapes", "", lambda c: v.Proof(), _graph),
)

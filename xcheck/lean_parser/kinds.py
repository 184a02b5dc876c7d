"""`Conv2d(1, 2, 3x3)` to a typed layer kind and back to the same string, and what a kind demands of its layer.

A kind shows less than a builder's arguments: strides, axes and seeds are not in it. `layers_of_kind` gives the
catalogue layers that kind, shapes and flags allow, and `kind_faults` what contradicts the kind, so that any `Seq` can
be checked without a graph. A string that is no stock kind is a user's own layer, not an error.
Sources: the layer files named in `xcheck/reference/layers/`, `NN/GraphSpec/Primitives/Spatial.lean` @996dda0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, TypeAlias

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from xcheck.reference.layers import (
    affine,
    attention,
    batch_norm,
    batch_norm_nchw,
    chain_attention,
    chain_mamba,
    chain_norm,
    chain_recurrent,
    dropout,
    elementwise,
    embedding,
    fourier,
    global_pool,
    group_norm,
    layer_norm,
    mamba,
    positional,
    recurrent,
    reduce,
    reshape,
    rms_norm,
    tokens,
)
from xcheck.reference.layers.base import Layer
from xcheck.reference.profile import Kinds, Profile
from xcheck.reference.shape import format_shape, format_shapes, size
from xcheck.reference.signature import Signature, SignatureError

Part: TypeAlias = int | str | bool

# One row for each rule of the grammar: how Lean prints the kind.
_TEMPLATES: Final[Mapping[str, str]] = {
    "plain": "{}",
    "affine": "Linear({}, {})",
    "linear2d": "Linear2d({}, {})",
    "rnn": "RNN({}, {})",
    "gru": "GRU({}, {})",
    "lstm": "LSTM({}, {})",
    "mamba": "Mamba({}, {})",
    "cho_gru": "ChoGRU({}, {})",
    "gru_reset_after": "GRU(resetAfter, {}, {})",
    "selective_mamba": "Mamba({}, {}, state={}, kernel={})",
    "dropout": "Dropout(p={})",
    "embedding": "Embedding({}, {})",
    "batch_norm_eval": "BatchNorm2d(eval)",
    "group_norm_2d": "GroupNorm2d(groups={})",
    "group_norm": "GroupNorm(groups={})",
    "conv_nd": "Conv{}d({}, {})",
    "conv_transpose_nd": "ConvTranspose{}d({}, {})",
    "conv_2d": "Conv{}d({}, {}, {}x{})",
    "conv_transpose_2d": "ConvTranspose{}d({}, {}, {}x{})",
    "max_pool_nd": "MaxPool{}d",
    "avg_pool_nd": "AvgPool{}d",
    "max_pool_2d": "MaxPool{}d({}x{})",
    "avg_pool_2d": "AvgPool{}d({}x{})",
    "max_pool_2d_pad": "MaxPool{}d({}x{}, padding={})",
    "avg_pool_2d_pad": "AvgPool{}d({}x{}, padding={})",
    "attention": "MultiHeadAttention(heads={}, headDim={})",
    "attention_output_bias": "MultiHeadAttention(heads={}, headDim={}, outputBias=true)",
    "chain_attention": "MultiHeadAttention(heads={}, headWidth={})",
    "chain_attention_output_bias": "MultiHeadAttention(heads={}, headWidth={}, outputBias=true)",
    "attention_biases": "MultiHeadAttention(heads={}, headWidth={}, inputBias={}, outputBias={})",
    "kan": "KANPiecewiseLinear(grid={},scale={})",
    "chain_conv": "Conv(rank={}, in={}, out={})",
    "chain_conv_transpose": "ConvTranspose(rank={}, in={}, out={})",
    "chain_max_pool": "MaxPool(rank={})",
    "chain_avg_pool": "AvgPool(rank={})",
    "one_hot_embedding": "OneHotEmbedding({}, {})",
    "pointwise_linear": "PointwiseLinear({}, {})",
    "chain_global_pool": "GlobalAvgPool(rank={})",
    "spec_conv": "Conv(rank={},in={},out={})",
    "spec_batch_norm": "BatchNorm(channels={},rank={})",
}


@dataclass(frozen=True, slots=True)
class LayerKind:
    """A stock kind: the form it has and what stands in its places, in order.

    Places hold naturals; a dropout's holds its six decimals, an attention's last two are booleans, and a plain kind's
    is its word. `str()` gives Lean's string.
    """

    form: str
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        shown = [("true" if part else "false") if isinstance(part, bool) else str(part) for part in self.parts]
        return _TEMPLATES[self.form].format(*shown)

    def naturals(self) -> tuple[int, ...]:
        """The naturals of the kind in order."""
        return tuple(part for part in self.parts if isinstance(part, int) and not isinstance(part, bool))


@cache
def _parser() -> Lark:
    return Lark(resources.files(__package__).joinpath("kinds.lark").read_text("utf-8"), parser="lalr")


def parse_kind(text: str) -> LayerKind | None:
    """The kind that prints as exactly this string, or None where it is no stock layer's."""
    if len(text) > _LONGEST:
        return None
    try:
        tree = _parser().parse(text)
    except UnexpectedInput:
        return None
    rule = tree.children[0]
    if not isinstance(rule, Tree):
        return None
    kind = LayerKind(str(rule.data), tuple(_part(t) for t in rule.children if isinstance(t, Token)))
    return kind if str(kind) == text else None


_LONGEST: Final = 200


def _part(token: Token) -> Part:
    if token.type == "NAT":
        return int(token)
    if token.type == "RANK":
        return int(token[:-1])
    if token.type == "BOOL":
        return str(token) == "true"
    return str(token)


def layers_of_kind(kind: LayerKind, signature: Signature, profile: Profile) -> tuple[Layer, ...] | None:
    """The catalogue layers with this kind and these shapes; seeds stand at 0, for they are not in the kind.

    None where kind and shapes leave the geometry open (a stride, an axis, the mask of an attention): then any layer of
    the kind whose shapes pass `kind_faults` may be meant.
    """
    make = _LAYERS.get(kind.form)
    if make is None:
        return None
    found = make(kind, signature)
    if found is None:
        return None
    return tuple(layer for layer in found if _fits(layer, kind, signature, profile))


# Kinds that leave nothing open that a forward depends on: no mask, probability, momentum or epsilon of their own.
_DETERMINED: Final = frozenset({"affine", "linear2d", "rnn", "gru", "lstm", "mamba", "cho_gru"})
_DETERMINED_WORDS: Final = frozenset(
    {"ReLU", "SiLU", "GELU", "Sigmoid", "Tanh", "Square", "Sum", "Flatten", "FlattenBatch"}
)


def determines_forward(kind: LayerKind) -> bool:
    """Whether kind and shapes say all that a forward needs; initial values are never determined by them."""
    return kind.form in _DETERMINED or (kind.form == "plain" and kind.parts[0] in _DETERMINED_WORDS)


def _fits(layer: Layer, kind: LayerKind, signature: Signature, profile: Profile) -> bool:
    try:
        own = layer.signature(signature.input, profile)
    except SignatureError:
        return False
    return own == signature and layer.kind_text(profile) == str(kind) and layer.available(profile)


def kind_faults(
    text: str | None, signature: Signature, requires_grad: tuple[bool, ...], profile: Profile
) -> Iterator[str]:
    """What in a layer's kind, shapes and flags contradicts the kind; nothing for a user's own layer.

    Each fault is one sentence. A layer without a kind string (before 21198a1) and one with a kind string where the
    revision has none are told apart by the profile.
    """
    if profile.kinds is Kinds.NONE:
        if text is not None:
            yield f"{profile.name} has no kind strings, but the layer is labelled {text!r}"
        return
    if text is None:
        yield f"{profile.name} labels every layer, but this one has no kind"
        return
    if len(requires_grad) != len(signature.params):
        yield f"{len(signature.params)} parameters with {len(requires_grad)} requires-grad flags"
        return
    kind = parse_kind(text)
    if kind is None:
        return
    candidates = layers_of_kind(kind, signature, profile)
    if candidates is not None:
        if not candidates:
            yield f"no layer of kind {text} has the signature {signature}"
        elif all(layer.requires_grad() != requires_grad for layer in candidates):
            wanted = ", ".join("true" if flag else "false" for flag in candidates[0].requires_grad())
            yield f"a layer of kind {text} has the requires-grad flags [{wanted}]"
        return
    yield from _window_faults(kind, signature)
    if kind.form in _TRAINED and not all(requires_grad):
        yield f"every parameter of {text} is trained"


_TRAINED: Final = frozenset(
    ("conv_nd", "conv_2d", "conv_transpose_nd", "conv_transpose_2d", "chain_conv", "chain_conv_transpose", "spec_conv")
)


def _window_faults(kind: LayerKind, signature: Signature) -> Iterator[str]:
    """What a kind of convolution or pool demands although it does not show the stride."""
    form, numbers = kind.form, kind.naturals()
    if form in _TRAINED:
        rank, in_channels, out_channels = numbers[:3]
        swapped = "transpose" in form
        pair = (in_channels, out_channels) if swapped else (out_channels, in_channels)
        kernel = signature.params[0][2:] if signature.params else ()
        wanted = ((*pair, *kernel), (out_channels,))
        if signature.params != wanted or len(kernel) != rank or (len(numbers) == 5 and kernel != numbers[3:]):
            expected = f"a kernel {format_shape(pair)[:-1]}, ...] and a bias"
            yield f"{kind} has {expected}, not {format_shapes(signature.params)}"
        batched = 0 if form in ("conv_2d", "conv_transpose_2d", "spec_conv") else 1
        yield from _channel_faults(kind, signature, rank, batched, (in_channels, out_channels))
    elif "pool" in form:
        rank = numbers[0]
        if signature.params:
            yield f"{kind} has no parameters, not {format_shapes(signature.params)}"
        batched = 1 if form in ("max_pool_nd", "avg_pool_nd") else 0
        if form not in ("chain_max_pool", "chain_avg_pool"):
            yield from _channel_faults(kind, signature, rank, batched, None)
        elif signature.input[: -rank or None] != signature.output[: -rank or None]:
            yield f"{kind} keeps the axes before its {rank} spatial ones"
    elif form == "spec_batch_norm":
        channels, rank = numbers
        same = signature.input == signature.output and len(signature.input) == 1 + rank
        if signature.params != ((channels,), (channels,)) or not same or signature.input[0] != channels:
            yield f"no layer of kind {kind} has the signature {signature}"
    elif form == "plain" and size(signature.input) != size(signature.output) and kind.parts[0] in _COPIES:
        yield f"{kind} copies, but {format_shape(signature.input)} and {format_shape(signature.output)} differ in size"
    elif form == "plain" and kind.parts[0] in ("Softmax", "LogSoftmax") and signature.input != signature.output:
        yield f"{kind} keeps the shape {format_shape(signature.input)}"


_COPIES: Final = frozenset(
    ("FlattenAfter", "Reshape", "ReshapeSpatial", "RestoreSpatial", "AddScalarChannel", "RemoveScalarChannel")
)


def _channel_faults(
    kind: LayerKind, signature: Signature, rank: int, batched: int, channels: tuple[int, int] | None
) -> Iterator[str]:
    for side, shape in (("input", signature.input), ("output", signature.output)):
        # Leading axes of an adapted layer stand before the channel axis; there is at least the batch.
        least = batched + 1 + rank
        if len(shape) < least or (not batched and len(shape) != least):
            yield f"{kind} takes at least {least} axes, the {side} is {format_shape(shape)}"
        elif channels is not None and shape[-1 - rank] != channels[side == "output"]:
            yield f"{kind} has {channels[side == 'output']} {side} channels, the {side} is {format_shape(shape)}"


_Make: TypeAlias = Callable[[LayerKind, Signature], "tuple[Layer, ...] | None"]


def _one(make: Callable[[LayerKind, Signature], Layer]) -> _Make:
    return lambda kind, signature: (make(kind, signature),)


def _extent(signature: Signature, axis: int) -> int:
    """An extent of the input; 0 where it has no such axis (the signature then fits no layer)."""
    return signature.input[axis] if -len(signature.input) <= axis < len(signature.input) else 0


def _plain(kind: LayerKind, signature: Signature) -> tuple[Layer, ...] | None:
    make = _PLAIN.get(str(kind.parts[0]))
    return None if make is None else make(signature)


def _recurrent(make: Callable[[int, int, int], Layer]) -> _Make:
    return _one(lambda kind, s: make(_extent(s, 0), *kind.naturals()))


def _rank_four(make: Callable[[int, int, int, int], Layer], signature: Signature) -> tuple[Layer, ...]:
    return (make(*signature.input),) if len(signature.input) == 4 else ()


def _rank_three(make: Callable[[int, int, int], Layer], signature: Signature) -> tuple[Layer, ...]:
    return (make(*signature.input),) if len(signature.input) == 3 else ()


def _leading(signature: Signature) -> tuple[tuple[int, ...], int]:
    return signature.input[:-1], _extent(signature, -1)


def _switched(signature: Signature) -> tuple[bool, bool]:
    """Whether a normalisation layer has a scale, and a bias."""
    return len(signature.params) > 0, len(signature.params) > 1


def _layer_norms(signature: Signature) -> tuple[Layer, ...]:
    leading, width = _leading(signature)
    affine_, bias = _switched(signature)
    return (
        *_rank_three(layer_norm.LayerNorm, signature),
        chain_norm.LayerNorm(leading, width, chain_norm.EPSILON, affine_, bias or not affine_),
    )


def _rms_norms(signature: Signature) -> tuple[Layer, ...]:
    leading, width = _leading(signature)
    chain = chain_norm.RmsNorm(leading, width, chain_norm.EPSILON, _switched(signature)[0])
    return (*_rank_three(rms_norm.RmsNorm, signature), chain)


def _batch_norms_2d(signature: Signature) -> tuple[Layer, ...]:
    return (
        *_rank_three(batch_norm.BatchNormImage, signature),
        *_rank_three(batch_norm.BatchNormImageMode, signature),
        *_rank_four(batch_norm_nchw.BatchNormBatch, signature),
        *_rank_four(batch_norm_nchw.BatchNormBatchMode, signature),
    )


def _spatial(signature: Signature) -> tuple[int, int, tuple[int, ...]] | None:
    return (signature.input[0], signature.input[1], signature.input[2:]) if len(signature.input) > 1 else None


def _chain_batch_norm(signature: Signature) -> tuple[Layer, ...]:
    axes = _spatial(signature)
    return () if axes is None else (chain_norm.BatchNorm(*axes),)


def _chain_instance_norm(signature: Signature) -> tuple[Layer, ...]:
    axes = _spatial(signature)
    if axes is None:
        return ()
    affine_, bias = _switched(signature)
    return (chain_norm.InstanceNorm.of(*axes, chain_norm.EPSILON, affine_, bias or not affine_),)


def _chain_group_norm(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    axes = _spatial(signature)
    if axes is None:
        return ()
    affine_, bias = _switched(signature)
    batch, channels, spatial = axes
    groups = kind.naturals()[0]
    return (chain_norm.GroupNorm(batch, channels, groups, spatial, chain_norm.EPSILON, affine_, bias or not affine_),)


def _group_norm_2d(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    groups = kind.naturals()[0]
    return (group_norm.GroupNorm(*signature.input, groups),) if len(signature.input) == 4 else ()


def _affine(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    in_dim, out_dim = kind.naturals()
    return (affine.PrefixLinear(in_dim, out_dim, prefix=signature.input[:-1]),)


def _global_pools(signature: Signature) -> tuple[Layer, ...]:
    return (
        *_rank_three(global_pool.GlobalAvgPool2dChw, signature),
        *_rank_four(global_pool.GlobalAvgPool2dNchw, signature),
    )


def _dropout(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    return (dropout.Dropout(float(str(kind.parts[0]))),)


def _attention(make: Callable[[int, int, int, int, int], Layer]) -> _Make:
    def made(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
        if len(signature.input) != 3:
            return ()
        batch, length, width = signature.input
        heads, head_width = kind.naturals()
        return (make(batch, length, width, heads, head_width),)

    return made


def _attention_biases(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    if len(signature.input) != 3:
        return ()
    heads, width, into, out = kind.parts
    arguments = (*signature.input, int(heads), int(width))
    switches = {"input_bias": bool(into), "output_bias": bool(out)}
    found: list[Layer] = []
    for make in (chain_attention.Attention, chain_attention.ConfiguredAttention):
        for probability in (None, 0.5):
            found.append(make(*arguments, **switches, probability=probability))  # type: ignore[arg-type]
    return tuple(found)


_PLAIN: Final[Mapping[str, Callable[[Signature], tuple[Layer, ...]]]] = {
    "ReLU": lambda s: (elementwise.Relu(),),
    "SiLU": lambda s: (elementwise.Silu(),),
    "GELU": lambda s: (elementwise.Gelu(),),
    "Sigmoid": lambda s: (elementwise.Sigmoid(),),
    "Tanh": lambda s: (elementwise.Tanh(),),
    "Square": lambda s: (elementwise.Square(),),
    "Sum": lambda s: (reduce.Sum(),),
    "Flatten": lambda s: (reshape.Flatten(),),
    "FlattenBatch": lambda s: (reshape.FlattenKeep0(),),
    "LayerNorm": _layer_norms,
    "RMSNorm": _rms_norms,
    "BatchNorm2d": _batch_norms_2d,
    "BatchNorm": _chain_batch_norm,
    "InstanceNorm2d": lambda s: _rank_four(group_norm.InstanceNorm, s),
    "InstanceNorm": _chain_instance_norm,
    "GlobalAvgPool2d": _global_pools,
    "GlobalAvgPool": lambda s: (reshape.GlobalAvgPoolTail(len(s.output)),),
    "LearnedPositionalEmbedding": lambda s: (positional.LearnedPositionalEmbedding(),),
    "SinusoidalPositionalEncoding": lambda s: (positional.SinusoidalPositionalEncoding(),),
    "RoPE": lambda s: (positional.Rope(),),
    "SpatialToTokens": lambda s: (tokens.SpatialToTokens(),),
}


def _embedding(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    vocabulary, width = kind.naturals()
    return (embedding.Embedding(vocabulary, width, prefix=signature.input[:-1]),)


def _one_hot_embedding(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    vocabulary, width = kind.naturals()
    make = embedding.OneHotEmbedding
    return tuple(make(vocabulary, width, prefix=signature.input[:-1], frozen=frozen) for frozen in (False, True))


def _pointwise_linear(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    in_channels, out_channels = kind.naturals()
    return (fourier.PointwiseAffine(_extent(signature, 0), in_channels, out_channels),)


def _chain_global_pool(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    kept = len(signature.input) - kind.naturals()[0]
    if kept < 1:
        return ()
    batch, channels = signature.input[: kept - 1], signature.input[kept - 1]
    return (global_pool.GlobalMean(batch, channels, signature.input[kept:]),)


def _kan(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    grid, scale = kind.naturals()
    return (tokens.KanPiecewiseLinear(grid, scale, _extent(signature, 0)),)


def _selective(kind: LayerKind, signature: Signature) -> tuple[Layer, ...]:
    in_dim, hidden, states, taps = kind.naturals()
    inner = signature.params[0][1] if signature.params and len(signature.params[0]) == 2 else 0
    if hidden == 0 or inner % hidden:
        return ()
    make = chain_mamba.SelectiveMamba
    return (make(_extent(signature, 0), in_dim, hidden, 0, 0, 0, inner // hidden, states, taps),)


_LAYERS: Final[Mapping[str, _Make]] = {
    "plain": _plain,
    "affine": _affine,
    "linear2d": _one(lambda kind, s: affine.Linear2d(_extent(s, 0), *kind.naturals())),
    "rnn": _recurrent(recurrent.Rnn),
    "gru": _recurrent(recurrent.Gru),
    "lstm": _recurrent(recurrent.Lstm),
    "mamba": _recurrent(mamba.Mamba),
    "cho_gru": _recurrent(chain_recurrent.ChoGru),
    "gru_reset_after": _recurrent(chain_recurrent.GruResetAfter),
    "selective_mamba": _selective,
    "dropout": _dropout,
    "embedding": _embedding,
    "batch_norm_eval": lambda kind, s: _rank_three(batch_norm.BatchNormImageEval, s),
    "group_norm_2d": _group_norm_2d,
    "group_norm": _chain_group_norm,
    "attention": _attention(attention.MultiHeadAttention),
    "attention_output_bias": _attention(attention.MultiHeadAttentionOutputBias),
    "chain_attention": _attention(chain_attention.PlainAttention),
    "chain_attention_output_bias": _attention(chain_attention.OutputBiasAttention.of),
    "attention_biases": _attention_biases,
    "kan": _kan,
    "one_hot_embedding": _one_hot_embedding,
    "pointwise_linear": _pointwise_linear,
    "chain_global_pool": _chain_global_pool,
}

"""Every layer builder by its Lean name: which class it makes and which arguments it takes, in the builder's order.

Names and argument names are the Lean builders' (`NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/*.lean` and
`NN/API/Neural/*.lean` @b2a2184; `NN/Runtime/Autograd/Model/Layers/*.lean` @3447b74 for the `Chain` revisions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from xcheck.reference.initialise import Zeros
from xcheck.reference.layers import (
    affine,
    attention,
    batch_norm,
    batch_norm_nchw,
    chain_attention,
    chain_conv,
    chain_mamba,
    chain_norm,
    chain_recurrent,
    conv,
    dropout,
    elementwise,
    embedding,
    fourier,
    global_pool,
    group_norm,
    layer_norm,
    mamba,
    pool,
    positional,
    recurrent,
    reduce,
    reshape,
    rms_norm,
    softmax,
    tokens,
)
from xcheck.reference.layers.arguments import (
    Argument,
    LayerArguments,
    Nested,
    UnknownArgumentError,
    UnknownBuilderError,
    boolean,
    choice,
    layers,
    mask,
    nat,
    nats,
    real,
    scheme,
)
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.stack import AddBranches, ConcatBranches, FlatBatch, Residual, Stack
from xcheck.reference.profile import Profile, Surface


@dataclass(frozen=True, slots=True)
class Builder:
    """One row: the builder's Lean name, the class it makes and its arguments in the order of the class's fields."""

    name: str
    make: Callable[..., Layer]
    arguments: tuple[Argument, ...] = ()

    leading: str | None = None  # the argument that names any axes in place of the batch axis

    def layer(self, given: LayerArguments, profile: Profile) -> Layer:
        """The layer of these arguments; raises a subclass of `ArgumentError`."""
        given = dict(given)
        leading = None if self.leading is None else nats(self.leading, None).value(self.name, given)
        if self.leading is not None:
            given.pop(self.leading, None)
        known = {argument.name for argument in self.arguments}
        for name in given:
            if name not in known:
                takes = ", ".join(a.name for a in self.arguments) or "none"
                raise UnknownArgumentError(self.name, f"unknown argument {name} (it takes {takes})")
        values = [_built(argument.value(self.name, given), profile) for argument in self.arguments]
        layer = self.make(*values)
        return layer if leading is None else FlatBatch.of(layer, leading)


def _built(value: object, profile: Profile) -> object:
    """An argument's value, with layers given as arguments made into a stack."""
    if not isinstance(value, Nested):
        return value
    inner = []
    for item in value.items:
        own = dict(item)
        inner.append(layer_of(own.pop("builder"), own, profile))
    return Stack(tuple(inner))


def _seeds(*names: str) -> tuple[Argument, ...]:
    return tuple(nat(name, 0) for name in names)


_AFFINE = (nat("inDim"), nat("outDim"), *_seeds("seedW", "seedB"))
_RECURRENT = (nat("seqLen"), nat("inputSize"), nat("hiddenSize"), *_seeds("seedW", "seedB"))
_GAMMA_BETA = _seeds("seedGamma", "seedBeta")
_STATISTICS = _seeds("seedGamma", "seedBeta", "seedMean", "seedVar")
_IMAGE = (nat("channels"), nat("height"), nat("width"))
_BATCH = (nat("n"), nat("c"), nat("h"), nat("w"))
_MOMENTUM = real("momentum", batch_norm.MOMENTUM)
_KERNEL_START = (*_seeds("seedK", "seedB"), scheme("kInit", conv.DEFAULT_KERNEL))
_WINDOW = (nats("kernel"), nats("stride"), nats("padding"), nats("inSpatial"))
_CONV_ND = (nat("batch"), nat("d"), nat("inC"), nat("outC"), *_WINDOW, *_KERNEL_START)
_CONV_2D = (
    *(nat(name) for name in ("inC", "outC", "kH", "kW", "stride", "padding", "inH", "inW")),
    *_KERNEL_START,
)
_POOL_ND = (nat("batch"), nat("d"), nat("C"), *_WINDOW)
_POOL_2D = tuple(nat(name) for name in ("kH", "kW", "inH", "inW", "inC", "stride"))
_ATTENTION = (
    *(nat(name) for name in ("batch", "n", "dModel", "numHeads", "headDim")),
    nat("seedW", 0),
    scheme("weightInit"),
    scheme("outputWeightInit"),
    mask("mask"),
)

_FNO_1D = (nat("grid"), nat("width"), nat("modes"))
_ACTIVATION = choice("activation", fourier.Activation, fourier.Activation.TANH)

_GRAPH_ROWS: Final = (
    Builder("relu", elementwise.Relu),
    Builder("silu", elementwise.Silu),
    Builder("gelu", elementwise.Gelu),
    Builder("sigmoid", elementwise.Sigmoid),
    Builder("tanh", elementwise.Tanh),
    Builder("square", elementwise.Square),
    Builder("softmax", softmax.Softmax),
    Builder("sum", reduce.Sum),
    Builder("flatten", reshape.Flatten),
    Builder("flattenKeep0", reshape.FlattenKeep0),
    Builder("flattenBatch", reshape.FlattenKeep0),
    Builder("reshape", reshape.Reshape, (nats("source"), nats("target"))),
    Builder("dropout", dropout.Dropout, (real("p"), nat("seed", 0))),
    Builder("linear", affine.Linear, _AFFINE),
    Builder("linear2d", affine.Linear2d, (nat("batch"), *_AFFINE)),
    Builder(
        "linearWith",
        affine.PrefixLinear,
        (*_AFFINE, nats("pfx", ()), scheme("weightInit"), scheme("biasInit", Zeros())),
    ),
    Builder("rnn", recurrent.Rnn, _RECURRENT),
    Builder("gru", recurrent.Gru, _RECURRENT),
    Builder("lstm", recurrent.Lstm, _RECURRENT),
    Builder("mamba", mamba.Mamba, _RECURRENT),
    Builder("layerNorm", layer_norm.LayerNorm, (nat("batch"), nat("seqLen"), nat("embedDim"), *_GAMMA_BETA)),
    Builder("rmsNorm", rms_norm.RmsNorm, (nat("batch"), nat("seqLen"), nat("embedDim"), *_seeds("seedGamma"))),
    Builder("batchnormChannelFirst", batch_norm.BatchNormImage, (*_IMAGE, *_GAMMA_BETA)),
    Builder("batchnormChannelFirstEval", batch_norm.BatchNormImageEval, (*_IMAGE, *_STATISTICS)),
    Builder("batchnormChannelFirstMode", batch_norm.BatchNormImageMode, (*_IMAGE, *_STATISTICS, _MOMENTUM)),
    Builder("instanceNorm2dNchw", group_norm.InstanceNorm, (*_BATCH, *_GAMMA_BETA)),
    Builder("groupNorm2dNchw", group_norm.GroupNorm, (*_BATCH, nat("groups"), *_GAMMA_BETA)),
    Builder("batchNorm2dNchw", batch_norm_nchw.BatchNormBatch, (*_BATCH, *_GAMMA_BETA)),
    Builder("batchNorm2dNchwMode", batch_norm_nchw.BatchNormBatchMode, (*_BATCH, *_STATISTICS, _MOMENTUM)),
    Builder("conv", conv.Conv, _CONV_ND, leading="leading"),
    Builder("convTranspose", conv.ConvTranspose, _CONV_ND, leading="leading"),
    Builder("conv2d", conv.Conv2d, _CONV_2D),
    Builder("convTranspose2d", conv.ConvTranspose2d, _CONV_2D),
    Builder("maxPool", pool.MaxPoolNd, _POOL_ND, leading="leading"),
    Builder("avgPool", pool.AvgPoolNd, _POOL_ND, leading="leading"),
    Builder("maxPool2d", pool.MaxPool2d, _POOL_2D),
    Builder("avgPool2d", pool.AvgPool2d, _POOL_2D),
    Builder("maxPool2dPad", pool.MaxPool2dPad, (*_POOL_2D, nat("padding"))),
    Builder("avgPool2dPad", pool.AvgPool2dPad, (*_POOL_2D, nat("padding"))),
    Builder("globalAvgPool2dChw", global_pool.GlobalAvgPool2dChw, (nat("c"), nat("h"), nat("w"))),
    Builder("globalAvgPool2dNchw", global_pool.GlobalAvgPool2dNchw, _BATCH),
    Builder("globalAvgPool", reshape.GlobalAvgPoolTail, (nat("kept"),)),
    Builder("multiHeadAttention", attention.MultiHeadAttention, _ATTENTION),
    Builder("multiHeadAttentionOutputBias", attention.MultiHeadAttentionOutputBias, _ATTENTION),
    Builder(
        "embedding",
        embedding.Embedding,
        (nat("vocab"), nat("embedDim"), nat("seedW", 0), scheme("wInit", embedding.TABLE_START), nats("pfx", ())),
    ),
    Builder(
        "learnedPositionalEmbedding",
        positional.LearnedPositionalEmbedding,
        (nat("seedPos", 0), scheme("posInit", embedding.TABLE_START)),
    ),
    Builder("sinusoidalPositionalEncoding", positional.SinusoidalPositionalEncoding, (nat("startPos", 0),)),
    Builder("rope", positional.Rope, (nat("startPos", 0),)),
    Builder("residual", Residual, (layers("inner"),)),
    Builder("addBranches", AddBranches, (layers("f"), layers("g"))),
    Builder("spatialToTokens", tokens.SpatialToTokens),
    Builder("kanPiecewiseLinear", tokens.KanPiecewiseLinear, (nat("gridSize"), nat("inputScale", 1), nat("inDim"))),
    Builder("reshapeVectorToMatrix", reshape.vector_to_matrix, (nat("grid"),)),
    Builder("reshapeMatrixToVector", reshape.matrix_to_vector, (nat("grid"),)),
    Builder("matAffine", fourier.MatAffine, (nat("grid"), nat("inC"), nat("outC"), *_seeds("seedW", "seedB"))),
    Builder("fno1dBlock", fourier.Fno1dComplexBlock, (*_FNO_1D, _ACTIVATION, nat("seed", 0))),
    Builder("fno1dRealBlock", fourier.Fno1dRealBlock, (*_FNO_1D, nat("seed", 0))),
    Builder("fnoBlock", fourier.FnoBlock, (nats("spatial"), nats("modes"), nat("width"), _ACTIVATION, nat("seed", 0))),
    Builder("flattenSpatial", reshape.flatten_spatial, (nats("spatial"), nat("channels"))),
    Builder("restoreSpatial", reshape.restore_spatial, (nats("spatial"), nat("channels"))),
    Builder("addScalarChannel", reshape.add_scalar_channel, (nats("spatial"),)),
    Builder("removeScalarChannel", reshape.remove_scalar_channel, (nats("spatial"),)),
)

_STEPS = (nat("sequenceLength"), nat("inputWidth"), nat("hiddenWidth"))
_EPS = real("eps", chain_norm.EPSILON)
_SWITCHES = (boolean("affine", True), boolean("bias", True))
_CHAIN_WINDOW = (nats("kernelSize"), nats("stride"), nats("padding"), nats("inputSize"))
_CHAIN_CONV = (
    *(nat(name) for name in ("batchSize", "rank", "inputChannels", "outputChannels")),
    *_CHAIN_WINDOW,
    nat("weightSeed", 0),
    scheme("weightInit", conv.DEFAULT_KERNEL),
)
_CHAIN_POOL = (nat("batchSize"), nat("rank"), nat("channels"), *_CHAIN_WINDOW)
_CHAIN_ATTENTION = (
    *(nat(name) for name in ("batchSize", "sequenceLength", "modelWidth", "headCount", "headWidth")),
    *_seeds("queryWeightSeed", "keyWeightSeed", "valueWeightSeed", "outputWeightSeed"),
    scheme("weightInitialization"),
    scheme("outputWeightInitialization"),
    mask("mask"),
)
_ATTENTION_SWITCHES = (
    boolean("inputBias", False),
    boolean("outputBias", False),
    real("dropout", None),
    nat("dropoutSeed", 0),
)

_CHAIN_ROWS: Final = (
    Builder("relu", elementwise.Relu),
    Builder("silu", elementwise.Silu),
    Builder("gelu", elementwise.Gelu),
    Builder("sigmoid", elementwise.Sigmoid),
    Builder("tanh", elementwise.Tanh),
    Builder("square", elementwise.Square),
    Builder("softmax", softmax.Softmax, (nat("axis"),)),
    Builder("logSoftmax", softmax.LogSoftmax, (nat("axis"),)),
    Builder("sum", reduce.Sum),
    Builder("flatten", reshape.Flatten),
    Builder("dropout", dropout.Dropout, (real("p"), nat("seed", 0))),
    Builder(
        "linear",
        affine.PrefixLinear,
        (
            nat("inputWidth"),
            nat("outputWidth"),
            *_seeds("weightSeed", "biasSeed"),
            nats("batchShape", ()),
            scheme("weightInitialization"),
            scheme("biasInitialization", Zeros()),
        ),
    ),
    Builder("rnn", recurrent.Rnn, (*_STEPS, nat("weightSeed", 0))),
    Builder(
        "gru",
        chain_recurrent.ChoGru.of,
        (*_STEPS, *_seeds("resetWeightSeed", "updateWeightSeed", "candidateWeightSeed")),
    ),
    Builder(
        "gruResetAfter",
        chain_recurrent.GruResetAfter,
        (*_STEPS, *_seeds("inputWeightSeed", "hiddenWeightSeed")),
    ),
    Builder(
        "lstm",
        chain_recurrent.SeededLstm.of,
        (
            *_STEPS,
            *_seeds("forgetWeightSeed", "inputWeightSeed", "candidateWeightSeed", "outputWeightSeed"),
        ),
    ),
    Builder(
        "mamba",
        chain_mamba.SelectiveMamba,
        (
            *_STEPS,
            *_seeds("inputWeightSeed", "stateWeightSeed", "gateWeightSeed"),
            nat("expansion", 2),
            nat("stateWidth", 16),
            nat("kernelWidth", 4),
        ),
    ),
    Builder("layerNorm", chain_norm.LayerNorm, (nats("leading"), nat("width"), _EPS, *_SWITCHES)),
    Builder("rmsNorm", chain_norm.RmsNorm, (nats("leading"), nat("width"), _EPS, boolean("affine", True))),
    Builder(
        "batchNorm",
        chain_norm.BatchNorm,
        (nat("batch"), nat("channels"), nats("spatial"), _MOMENTUM, _EPS),
        leading="batchShape",
    ),
    Builder(
        "instanceNorm",
        chain_norm.InstanceNorm.of,
        (nat("batch"), nat("channels"), nats("spatial"), _EPS, *_SWITCHES),
        leading="batchShape",
    ),
    Builder(
        "groupNorm",
        chain_norm.GroupNorm,
        (nat("batch"), nat("channels"), nat("groups"), nats("spatial"), _EPS, *_SWITCHES),
        leading="batchShape",
    ),
    Builder("conv", chain_conv.seeded_conv, _CHAIN_CONV, leading="batchShape"),
    Builder("convTranspose", chain_conv.seeded_conv_transpose, _CHAIN_CONV, leading="batchShape"),
    Builder("maxPool", chain_conv.MaxPool, _CHAIN_POOL, leading="batchShape"),
    Builder("avgPool", chain_conv.AvgPool, _CHAIN_POOL, leading="batchShape"),
    Builder("attention", chain_attention.Attention, (*_CHAIN_ATTENTION, *_ATTENTION_SWITCHES), leading="batchShape"),
    Builder("reshape", reshape.Reshape, (nats("source"), nats("target"))),
    Builder("flattenAfter", reshape.FlattenAfter, (nats("batchShape", ()),)),
    Builder("globalAvgPool", global_pool.GlobalMean, (nats("batchShape", ()), nat("channels"), nats("spatial"))),
    Builder(
        "oneHotEmbedding",
        embedding.OneHotEmbedding,
        (
            nat("vocabularySize"),
            nat("embeddingWidth"),
            nat("seed", 0),
            scheme("weightInitialization", embedding.TABLE_START),
            nats("batchShape", ()),
            boolean("freeze", False),
        ),
    ),
    Builder(
        "learnedPositionalEmbedding",
        positional.LearnedPositionalEmbedding,
        (nat("positionSeed", 0), scheme("initialization", embedding.TABLE_START)),
    ),
    Builder("sinusoidalPositionalEncoding", positional.SinusoidalPositionalEncoding, (nat("startPosition", 0),)),
    Builder("rope", positional.Rope, (nat("startPosition", 0),)),
    Builder("residual", Residual, (layers("inner"),)),
    Builder("addBranches", AddBranches, (layers("f"), layers("g"))),
    Builder("concatBranches", ConcatBranches, (layers("f"), layers("g"))),
    Builder(
        "pointwiseAffine",
        fourier.PointwiseAffine,
        (nat("grid"), nat("inChannels"), nat("outChannels"), nat("weightSeed", 0)),
    ),
    Builder("flattenSpatial", reshape.flatten_spatial, (nats("spatial"), nat("channels"))),
    Builder("restoreSpatial", reshape.restore_spatial, (nats("spatial"), nat("channels"))),
    Builder(
        "fnoBlock",
        fourier.SeededFnoBlock,
        (
            nats("spatial"),
            nats("modes"),
            nat("width"),
            _ACTIVATION,
            *_seeds("spectralRealSeed", "spectralImagSeed", "skipWeightSeed"),
            choice("path", fourier.Path, fourier.Path.AUTOMATIC),
        ),
    ),
    Builder("multiHeadAttention", chain_attention.PlainAttention, _CHAIN_ATTENTION),
    Builder("multiHeadAttentionOutputBias", chain_attention.OutputBiasAttention.of, _CHAIN_ATTENTION),
    Builder(
        "multiHeadAttentionConfigured",
        chain_attention.ConfiguredAttention,
        (*_CHAIN_ATTENTION, *_ATTENTION_SWITCHES),
    ),
)

GRAPH_BUILDERS: Final[Mapping[str, Builder]] = {row.name: row for row in _GRAPH_ROWS}
CHAIN_BUILDERS: Final[Mapping[str, Builder]] = {row.name: row for row in _CHAIN_ROWS}


def builders_of(profile: Profile) -> Mapping[str, Builder]:
    """The builders of the profile's surface, by name; `Layer.available` decides about single revisions."""
    return CHAIN_BUILDERS if profile.surface is Surface.CHAIN else GRAPH_BUILDERS


def layer_of(builder: str, arguments: LayerArguments, profile: Profile) -> Layer:
    """The layer that `builder` makes of `arguments`, which are named as in the export's attributes.

    Raises `UnknownBuilderError` where the profile's revisions have no such builder, `MissingArgumentError`,
    `UnknownArgumentError` or `ArgumentTypeError`, all of them `ArgumentError`.
    """
    row = builders_of(profile).get(builder)
    if row is None:
        raise UnknownBuilderError(builder, f"{profile.name} has no layer builder of this name")
    layer = row.layer(arguments, profile)
    if not layer.available(profile):
        raise UnknownBuilderError(builder, f"{profile.name} does not have this layer builder yet, or no longer")
    return layer

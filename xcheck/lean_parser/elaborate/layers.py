"""Layer calls of a stack as catalogue layers: the one place where the source road meets the layer catalogue."""

from __future__ import annotations

import struct
from typing import Final

from xcheck.lean_parser.elaborate.values import LayerCall, SeqModel, Value
from xcheck.reference.initialise import KaimingUniform, Normal, Ones, Uniform, XavierUniform, Zeros
from xcheck.reference.layers.arguments import ArgumentError
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.lowering import LayerDefinition, Lowered, seq_layer
from xcheck.reference.operation import NotComparableError
from xcheck.reference.primitives.base import AttributeValue, FloatBits
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import SignatureError

# Where the catalogue's name for a builder is not the last part of its Lean name.
_NAMES: Final = {
    "FNO1D.reshapeVecToMat1": "reshapeVectorToMatrix",
    "FNO1D.reshapeMatToVec1": "reshapeMatrixToVector",
    "FNO1D.matAffine": "matAffine",
    "FNO1D.block": "fno1dBlock",
    "FNO1D.Real.block": "fno1dRealBlock",
}


class UnknownLayerError(ValueError):
    """A layer call that the catalogue cannot build; the text names the layer and says why."""


def catalogue_arguments(call: LayerCall) -> tuple[str, dict[str, AttributeValue]]:
    """The builder and arguments of a call as the export format's attributes have them."""
    arguments = {name.removesuffix("?"): _attribute(value) for name, value in call.arguments}
    return _NAMES.get(call.builder, call.builder), arguments


def _attribute(value: Value) -> AttributeValue:
    match value:
        case float():
            return _bits(value)
        case bool() | int() | str():
            return value
        case Zeros():
            return ("zeros",)
        case Ones():
            return ("ones",)
        case Uniform(low, high):
            return ("uniform", _bits(low), _bits(high))
        case XavierUniform(fan_in, fan_out):
            return ("xavierUniform", fan_in, fan_out)
        case KaimingUniform(fan_in):
            return ("kaimingUniform", fan_in)
        case Normal(mean, std):
            return ("normal", _bits(mean), _bits(std))
        case tuple():
            return tuple(_attribute(item) for item in value)
    raise UnknownLayerError(f"the argument value {value!r} has no place in a layer's attributes")


def _bits(value: float) -> FloatBits:
    return FloatBits(struct.unpack("<Q", struct.pack("<d", value))[0])


def layer_definition(call: LayerCall, profile: Profile) -> LayerDefinition:
    """The layer a call builds; raises `UnknownLayerError` if the catalogue does not have it or types it otherwise."""
    try:
        builder, arguments = catalogue_arguments(call)
        layer = seq_layer(layer_of(builder, arguments, profile), call.input, profile)
    except (ArgumentError, NotComparableError, SignatureError) as error:
        raise UnknownLayerError(f"{call.builder}: {error}") from None
    if layer.signature.output != call.output:
        raise UnknownLayerError(
            f"{call.builder} gives {format_shape(layer.signature.output)} in the layer catalogue, "
            f"but {format_shape(call.output)} by its Lean type"
        )
    return layer


def stack_definitions(model: SeqModel, profile: Profile) -> Lowered:
    """The layers of a stack; raises `UnknownLayerError`."""
    return Lowered(tuple(layer_definition(call, profile) for call in model.layers), 0)

"""An oracle for tests: answers from xcheck's own reference, with one planted defect if asked for.

It stands in for a Lean process, so it may be wrong on purpose: `--defect NAME`. `--via eager,...` and the other claims
of the handshake can be set; `--after N` plants the defect from the N-th request on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

import numpy as np

from xcheck.lean_parser.export import ExportReader
from xcheck.lean_parser.printer import print_item
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LayersOk,
    LowerItem,
    TensorsOk,
)
from xcheck.lean_parser.strings import quote
from xcheck.oracle.errors import RequestError
from xcheck.oracle.messages import Ask, DagAsk, DetInitAsk, ForwardAsk, InitAsk, LowerAsk, Request, kind_of
from xcheck.oracle.protocol import canonical
from xcheck.oracle.requests import parse_request
from xcheck.reference import exact, lowering, windows
from xcheck.reference.dag import to_dag_term
from xcheck.reference.graph import primitives
from xcheck.reference.initialise import initial_values
from xcheck.reference.lowering import Lowered, det_init_params_aux, stages, to_seq_aux
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.primitives import conv, linear, softmax
from xcheck.reference.profile import Profile, Surface, profile_named
from xcheck.reference.replay import initial_parameters, trace
from xcheck.tensor import Tensor


class RefusedError(Exception):
    """An ask that Lean would refuse."""


def answer(request: Request, profile: Profile) -> list[str]:
    """The entries of the answer, as text."""
    entries = [print_item(GraphItem(request.name, request.signature, request.graph))]
    for ask in request.asks:
        try:
            entries.append(print_item(_item(request, ask, profile)))
        except RefusedError as why:
            entries.append(f"refused {kind_of(ask)} {quote(str(why))}")
    return entries


def _item(request: Request, ask: Ask, profile: Profile) -> Item:
    match ask:
        case DagAsk():
            return DagItem(request.name, to_dag_term(request.graph))
        case LowerAsk(index):
            lowered = to_seq_aux(request.graph, index, profile)
            if not isinstance(lowered, Lowered):
                return LowerItem(request.name, index, Failed(lowered.message))
            return LowerItem(request.name, index, LayersOk(lowered.next_index, tuple(_layers(lowered, profile))))
        case InitAsk(index):
            lowered = to_seq_aux(request.graph, index, profile)
            if not isinstance(lowered, Lowered):
                raise RefusedError(lowered.message)
            return InitItem(request.name, index, _initial(lowered, profile))
        case DetInitAsk(index):
            lowered = det_init_params_aux(request.graph, index, profile)
            if not isinstance(lowered, Lowered):
                return DetInitItem(request.name, index, Failed(lowered.message))
            return DetInitItem(request.name, index, TensorsOk(lowered.next_index, _initial(lowered, profile)))
        case ForwardAsk():
            return _forward(request, ask, profile)


def _layers(lowered: Lowered, profile: Profile) -> Iterator[LayerRecord]:
    for layer in lowered.layers:
        # A user's own layer has Lean's defaults.
        kind = layer.kind if layer.unknown is None else (None if profile.kinds == "none" else "Layer")
        flags = layer.requires_grad if layer.unknown is None else (True,) * len(layer.signature.params)
        yield LayerRecord(kind, {}, layer.signature, flags)


def _initial(lowered: Lowered, profile: Profile) -> tuple[Tensor, ...]:
    found: list[Tensor] = []
    for layer in lowered.layers:
        if layer.unknown is not None:
            found += [Tensor.of(np.zeros(shape)) for shape in layer.signature.params]
        else:
            found += [canonical(Tensor.of(initial_values(initial, profile))) for initial in layer.initial]
    return tuple(found)


def _forward(request: Request, ask: ForwardAsk, profile: Profile) -> ForwardItem:
    if any(node.primitive.opaque for node in primitives(request.graph)):
        raise RefusedError("the graph holds an opaque primitive")
    lowered = stages(request.graph, ask.index, profile)
    if ask.params is None:
        params = initial_parameters(lowered, profile)
    else:
        if tuple(tensor.shape for tensor in ask.params) != request.signature.params:
            raise RefusedError("the parameters are not the graph's")
        params = [tensor.values for tensor in ask.params]
    if ask.input.shape != request.signature.input:
        raise RefusedError("the input is not the graph's")
    try:
        values = list(trace(lowered.layers, Run(profile, ask.mode, ask.via), params, ask.input.values))
    except NotComparableError as why:
        raise RefusedError(str(why)) from None
    steps = tuple(canonical(Tensor.of(value)) for value in values)
    output = steps[-1] if steps else ask.input
    return ForwardItem(request.name, ask.index, ask.mode, ask.via, ask.params, ask.input, steps, output, None)


# Defects


def _softmax_without_shift() -> None:
    def along(x: exact.F64, axis: int) -> exact.F64:
        if x.ndim == 0 or x.size == 0:
            return np.ones((), np.float64) if x.ndim == 0 else x
        slices = np.moveaxis(x, axis, 0)
        with np.errstate(all="ignore"):
            powers = exact.exp(slices)
            return np.ascontiguousarray(np.moveaxis(powers / exact.fold_sum(powers), 0, axis))

    softmax.softmax_along = along


def _seeds_swapped() -> None:
    """The weight gets the bias's seed and the other way round."""
    for primitive in (linear.Linear, conv.Conv2d, conv.Conv):
        _swap(primitive)


def _swap(primitive: type) -> None:
    original = primitive.initial

    def initial(self: object, signature: object, profile: Profile, index: int) -> tuple[object, ...]:
        first, second = original(self, signature, profile, index)
        return type(first)(first.shape, first.scheme, second.seed), type(first)(second.shape, second.scheme, first.seed)

    primitive.initial = initial


def _counter_too_early() -> None:
    """A counting layer sees the counter after its own increment."""
    original = lowering._occurrences

    def early(graph: object, index: int) -> Iterator[tuple[object, int, int]]:
        for node, _, after in original(graph, index):
            yield node, after, after

    lowering._occurrences = early


def _conv_loop_order() -> None:
    """The kernel's cells are the outer loop, the channels the inner one."""

    def convolve(x, kernel, bias, stride, padding, outputs):
        total = np.zeros((kernel.shape[0], *outputs), np.float64)
        if total.size == 0:
            return total
        padded = windows.padded_images(x, kernel.shape[2:], stride, padding, outputs)
        ones = (1,) * len(outputs)
        with np.errstate(all="ignore"):
            for cell in np.ndindex(*kernel.shape[2:]):
                for channel in range(kernel.shape[1]):
                    window = padded[channel][windows._window_slices(cell, windows._steps(stride, outputs), outputs)]
                    total = total + window * kernel[(slice(None), channel, *cell)].reshape(-1, *ones)
            return total + bias.reshape(-1, *ones)

    conv.convolve = convolve


DEFECTS: dict[str, Callable[[], None]] = {
    "softmax-without-shift": _softmax_without_shift,
    "seeds-swapped": _seeds_swapped,
    "counter-too-early": _counter_too_early,
    "conv-loop-order": _conv_loop_order,
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", default="tl-2026-08")
    parser.add_argument("--torchlean", default="unknown")
    parser.add_argument("--defect", choices=sorted(DEFECTS))
    options = parser.parse_args()
    profile = profile_named(options.profile)
    surface = "chain" if profile.surface is Surface.CHAIN else "graph"
    say(
        f'xcheck-oracle 1 lean "0 (a test double)" torchlean {quote(options.torchlean)} '
        f'profile {quote(profile.name)} surface "{surface}" via "spec"\n'
    )
    if options.defect is not None:
        DEFECTS[options.defect]()
    reader = ExportReader()
    ident, lines = "", list[str]()
    for line in sys.stdin:
        if not ident and line == "quit\n":
            return 0
        if not ident:
            ident, lines = line.removeprefix("request ").rstrip("\n"), []
        elif line == f"run {ident}\n":
            try:
                entries = answer(parse_request(ident, "".join(lines), reader, "request"), profile)
            except RequestError as error:
                entries = [f"error parse {quote(str(error))}"]
            say(f"answer {ident}\n" + "".join(f"{entry}\n" for entry in entries) + f"done {ident} {len(entries)}\n")
            ident = ""
        else:
            lines.append(line)
    return 1 if ident else 0


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

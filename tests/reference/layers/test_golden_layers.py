"""Every stack that Lean wrote: kinds, shapes, flags, initial values, every trace entry, every updated buffer."""

from __future__ import annotations

import numpy as np
import pytest
from layer_strategies import same

from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.kinds import kind_faults, parse_kind
from xcheck.lean_parser.records import ForwardItem, InitItem, SeqItem
from xcheck.reference.initialise import initial_values
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.lowering import seq_layer
from xcheck.reference.operation import Mode, Run
from xcheck.reference.profile import profile_named
from xcheck.reference.replay import buffers_after, trace, updates_buffers

FILES = ("tl-2026-05-layers", "tl-2026-07-15-layers", "tl-2026-08-layers")
FORWARDS = {"tl-2026-05-layers": 336, "tl-2026-07-15-layers": 338, "tl-2026-08-layers": 338}


def stack(item, profile):
    layers = []
    for record in item.layers:
        arguments = dict(record.attributes)
        layer = layer_of(arguments.pop("builder"), arguments, profile)
        layers.append(seq_layer(layer, record.signature.input, profile))
    return layers


@pytest.fixture(scope="module", params=FILES)
def export(request, golden):
    return request.param, read_export(golden / f"{request.param}.tlx")


def test_layers_are_what_lean_says(export):
    _, parsed = export
    profile = profile_named(parsed.headers["profile"])
    seqs = [item for item in parsed.items if isinstance(item, SeqItem)]
    assert len(seqs) >= 200
    for item in seqs:
        for ours, lean in zip(stack(item, profile), item.layers, strict=True):
            assert (ours.kind, ours.signature, ours.requires_grad) == (lean.kind, lean.signature, lean.requires_grad)
            assert list(kind_faults(lean.kind, lean.signature, lean.requires_grad, profile)) == []
            assert lean.kind is None or str(parse_kind(lean.kind)) == lean.kind


def test_initial_values(export):
    _, parsed = export
    profile = profile_named(parsed.headers["profile"])
    seqs = {item.name: item for item in parsed.items if isinstance(item, SeqItem)}
    for item in parsed.items:
        if isinstance(item, InitItem):
            ours = [initial_values(i, profile) for layer in stack(seqs[item.name], profile) for i in layer.initial]
            assert len(ours) == len(item.tensors)
            assert all(same(a, b.values) for a, b in zip(ours, item.tensors, strict=True)), item.name


def test_forwards_and_buffers(export):
    name, parsed = export
    profile = profile_named(parsed.headers["profile"])
    seqs = {item.name: item for item in parsed.items if isinstance(item, SeqItem)}
    inits = {item.name: item.tensors for item in parsed.items if isinstance(item, InitItem)}
    forwards = [item for item in parsed.items if isinstance(item, ForwardItem)]
    assert len(forwards) == FORWARDS[name]
    updated = 0
    for item in forwards:
        layers = stack(seqs[item.name], profile)
        params = [t.values for t in (item.params if item.params is not None else inits[item.name])]
        run = Run(profile, item.mode, item.via)
        ours = list(trace(layers, run, params, item.input.values))
        assert all(same(a, b.values) for a, b in zip(ours, item.trace, strict=True)), item.name
        assert same(ours[-1], item.output.values)
        if item.buffers is not None:
            updated += 1
            assert updates_buffers(layers)
            after = buffers_after(layers, run, params, item.input.values)
            assert all(same(a, b.values) for a, b in zip(after, item.buffers, strict=True)), item.name
        elif item.mode is Mode.EVAL:
            assert all(
                a is b for a, b in zip(buffers_after(layers, run, params, item.input.values), params, strict=True)
            )
    assert updated == 16


def test_a_changed_bit_is_seen(export):
    _, parsed = export
    profile = profile_named(parsed.headers["profile"])
    item = next(i for i in parsed.items if isinstance(i, ForwardItem) and i.output.bits.size)
    seq = next(i for i in parsed.items if isinstance(i, SeqItem) and i.name == item.name)
    init = next(i for i in parsed.items if isinstance(i, InitItem) and i.name == item.name)
    params = [t.values for t in (item.params if item.params is not None else init.tensors)]
    ours = list(trace(stack(seq, profile), Run(profile, item.mode, item.via), params, item.input.values))[-1]
    bits = item.output.bits.copy()
    bits[0] ^= np.uint64(1)
    assert not same(ours, bits.view(np.float64))

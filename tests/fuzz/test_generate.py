"""`generate`: the same for the same arguments, and all that it promises to cover."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from itertools import pairwise, product

import numpy as np
import pytest

from xcheck.fuzz.generate import Sizes, generate
from xcheck.fuzz.primitives import KINDS, OPAQUE, kinds_of
from xcheck.fuzz.values import Palette, table
from xcheck.oracle.messages import ForwardAsk, InitAsk, Request
from xcheck.oracle.protocol import print_request
from xcheck.reference.graph import Prim, primitives, signature_faults, signature_of
from xcheck.reference.lowering import Lowered, to_seq_aux
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.profile import PROFILES, Profile, Surface, profile_named
from xcheck.reference.shape import size

MANY = 300
each_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


def kind_of(node: Prim) -> str:
    name = node.primitive.name.split("(")[0]
    return OPAQUE if node.primitive.opaque else name


def text(profile: Profile, seed: int = 0, count: int = 80) -> str:
    return "".join(map(print_request, generate(profile, count, seed, Sizes()).requests))


@each_profile
def test_every_kind_and_every_pair_is_covered(profile: Profile) -> None:
    made = generate(profile, MANY, 0, Sizes())
    assert made.uncovered == ()
    alone, together, near = set(), set(), set()
    for request in made.requests:
        kinds = [kind_of(node) for node in primitives(request.graph)]
        alone |= set(kinds)
        together |= set(pairwise(kinds))
        near |= set(zip(kinds, kinds[2:], strict=False))
    kinds = (*kinds_of(profile), OPAQUE)
    assert alone == set(kinds)
    # Two that cannot stand side by side stand around a user's own primitive.
    assert set(product(kinds, repeat=2)) <= together | near
    possible = {(a, b) for a, b in product(kinds_of(profile), repeat=2) if a != "flatten" or b in ("linear", "relu")}
    assert len(possible & together) > len(possible) * 0.6


def test_what_each_surface_has() -> None:
    assert "global_avg_pool2d_chw" in kinds_of(profile_named("tl-2026-06"))
    assert "global_avg_pool2d_chw" not in kinds_of(profile_named("tl-2026-07-13"))
    assert {"conv", "max_pool", "batch_norm"} <= set(kinds_of(profile_named("tl-2026-09-c1")))
    assert "conv2d" not in kinds_of(profile_named("tl-2026-09-c1"))
    assert set(kinds_of(profile_named("tl-2026-05"))) <= set(KINDS)


@each_profile
def test_the_graphs_are_what_the_profile_types(profile: Profile) -> None:
    names = set()
    for request in generate(profile, MANY, 1, Sizes()).requests:
        assert list(signature_faults(request.graph, profile)) == []
        names.add(request.name)
        lowers = isinstance(to_seq_aux(request.graph, 0, profile), Lowered)
        assert any(isinstance(ask, InitAsk) for ask in request.asks) == lowers
        forwards = [ask for ask in request.asks if isinstance(ask, ForwardAsk)]
        assert bool(forwards) != any(node.primitive.opaque for node in primitives(request.graph))
    assert len(names) == MANY


@each_profile
def test_proofs_that_lean_demands_can_be_given(profile: Profile) -> None:
    for request in generate(profile, MANY, 2, Sizes()).requests:
        for node in primitives(request.graph):
            primitive = node.primitive
            if isinstance(primitive, Conv2d):
                assert primitive.in_channels
                assert primitive.kernel_height
                assert primitive.kernel_width
                assert primitive.stride or profile.name == "tl-2026-05"
            elif kind_of(node).startswith("batch"):
                assert size(node.signature.input)
            elif kind_of(node).startswith("max_pool"):
                assert 0 not in (getattr(primitive, "kernel", (1,)) or (1,))
                assert 0 not in (getattr(primitive, "stride", 1), *(getattr(primitive, "kernel", ()) or ()))


@each_profile
def test_degenerate_geometry_is_covered(profile: Profile) -> None:
    made = generate(profile, MANY, 0, Sizes()).requests
    outputs = {node.signature.output for request in made for node in primitives(request.graph)}
    assert any(0 in shape for shape in outputs)
    assert () in {signature_of(request.graph).input for request in made}
    strides = [
        node.primitive.stride
        for request in made
        for node in primitives(request.graph)
        if isinstance(node.primitive, Conv | Conv2d)
    ]
    zero = any(stride == 0 or (isinstance(stride, tuple) and 0 in stride) for stride in strides)
    assert zero == (profile.surface is Surface.CHAIN or profile.name == "tl-2026-05")


@each_profile
def test_special_values_reach_what_is_sensitive_to_them(profile: Profile) -> None:
    pool = "max_pool" if profile.surface is Surface.CHAIN else "max_pool2d"
    for kind in ("relu", "softmax", pool, "linear"):
        bits = {
            bit
            for request in generate(profile, MANY, 0, Sizes()).requests
            if next((kind_of(node) for node in primitives(request.graph)), "") == kind
            for ask in request.asks
            if isinstance(ask, ForwardAsk)
            for bit in ask.input.bits.tolist()
        }
        special = (0x8000000000000000, 0x7FF8000000000000, 0x7FF0000000000000, 0xFFF0000000000000)
        assert set(special) <= bits, kind
        assert any(0 < bit < 0x0010000000000000 for bit in bits), f"{kind}: no subnormal"


def test_ties_are_ties() -> None:
    assert len(set(table(Palette.TIES).tolist())) == 5


@pytest.mark.parametrize("palette", Palette)
def test_the_smallest_byte_is_zero_in_every_palette(palette: Palette) -> None:
    assert table(palette).shape == (256,)
    assert table(palette)[0] == 0
    assert table(palette).dtype == np.uint64


@each_profile
def test_the_same_arguments_give_the_same_text(profile: Profile) -> None:
    assert text(profile) == text(profile)
    assert text(profile) != text(profile, seed=1)
    assert text(profile, count=80).startswith(text(profile, count=40))


def test_hash_seeds_change_nothing() -> None:
    program = (
        "from tests.fuzz.test_generate import *; import hashlib;"
        "print(hashlib.sha256(text(profile_named('tl-2026-08')).encode()).hexdigest())"
    )
    here = hashlib.sha256(text(profile_named("tl-2026-08")).encode()).hexdigest()
    for seed in ("0", "4711"):
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONHASHSEED": seed}, check=True
        )
        assert run.stdout.strip() == here


def test_sizes_are_kept() -> None:
    made = generate(profile_named("tl-2026-08"), MANY, 0, Sizes(max_extent=2, max_primitives=2)).requests
    chains = [request for request in made if request.name.startswith("chain/")]
    assert chains
    for request in chains:
        assert max(signature_of(request.graph).input, default=0) <= 3
        assert sum(1 for _ in primitives(request.graph)) <= 2


def test_what_there_is_no_room_for_is_named() -> None:
    made = generate(profile_named("tl-2026-08"), 5, 0, Sizes())
    assert len(made.requests) == 5
    assert "pair/relu/relu" in made.uncovered


def test_requests_are_numbered() -> None:
    made: tuple[Request, ...] = generate(profile_named("tl-2026-08"), 3, 0, Sizes()).requests
    assert [request.ident for request in made] == ["r1", "r2", "r3"]

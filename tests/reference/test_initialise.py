from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scalar import samplers as scalar
from tests.scalar.bits import hexes
from xcheck.reference.initialise import (
    Constant,
    Initial,
    KaimingUniform,
    Normal,
    Ones,
    Uniform,
    UnknownSchemeError,
    XavierUniform,
    Zeros,
    initial_values,
)
from xcheck.reference.profile import PROFILES, NormalScheme, ZeroFan, profile_named
from xcheck.reference.samplers import BLOCK, normal_ramp_numerators
from xcheck.strategies import profiles, shapes

JULY_13, AUGUST, OCTOBER = (profile_named(name) for name in ("tl-2026-07-13", "tl-2026-08", "tl-2026-09-c2"))
seeds = st.integers(0, 9) | st.integers(0, 2**70)
fans = st.integers(0, 5) | st.integers(0, 10**6)
bounds = st.floats(-4, 4) | st.sampled_from((0.0, -0.0, -0.1, 0.1, 1e300, -1e300, 5e-324, 1e-290, 1e308, -1e308))


def values(scheme, seed, profile, shape=(3,)):
    return initial_values(Initial(shape, scheme, seed), profile).reshape(-1).tolist()


def decimal(*texts):
    return [float.fromhex(text) for text in texts]


# numerics.md 4.6
@pytest.mark.parametrize(
    ("scheme", "seed", "before", "after"),
    [
        (
            XavierUniform(2, 3),
            0,
            decimal("-0x1.280fdf6e5eb0cp-1", "-0x1.f0c762c6e077ap-2", "0x1.666eb582ec070p-1"),
            decimal("-0x1.be11a25a5decep-2", "0x1.9dcd276ebb7a4p-2", "-0x1.ad07658e46818p-2"),
        ),
        (
            KaimingUniform(4),
            1,
            decimal("-0x1.4a85766281c3cp-1", "-0x1.47e7ca149fcd4p-2"),
            decimal("-0x1.cd84846882900p-4", "-0x1.7daad0dae8006p-1"),
        ),
        (
            Uniform(-0.1, 0.1),
            0,
            decimal("-0x1.b06d1da000000p-5", "-0x1.6acbc52666667p-5", "0x1.05c3161cccccep-4"),
            decimal("-0x1.45c33d399999ap-5", "0x1.2e32a32ccccccp-5", "-0x1.395182e666667p-5"),
        ),
    ],
)
def test_documented_values(scheme, seed, before, after):
    assert values(scheme, seed, JULY_13, (len(before),)) == before
    assert values(scheme, seed, AUGUST, (len(after),)) == after


# numerics.md 4.6; libm's log and cos are involved
@pytest.mark.parametrize(
    ("scheme", "seed", "expected"),
    [
        (
            Normal(0.0, 1.0),
            0,
            ("-0x1.3d8d0b01b474cp-1", "0x1.70bebd29a82adp-3", "0x1.6a9b3f55605adp+0", "-0x1.caa23744c6f44p-4"),
        ),
        (Normal(0.0, 0.02), 3, ("-0x1.44f48ef4c2138p-6", "-0x1.a62e19195eb23p-7", "0x1.3b3fc25b50034p-6")),
    ],
)
def test_documented_normal_values(scheme, seed, expected):
    assert values(scheme, seed, AUGUST, (len(expected),)) == decimal(*expected)


# era_c.md 4.6
@pytest.mark.parametrize(
    ("scheme", "seed", "expected"),
    [
        (XavierUniform(2, 3), 0, ["bfdbe11a25a5dece", "3fd9dcd276ebb7a4", "bfdad07658e46818"]),
        (XavierUniform(3, 1), 1, ["bfbcd84846882900", "bfe7daad0dae8006", "3fcb7ea3b4fe0ce8"]),
        (XavierUniform(3, 1), 2, ["bff12baede295b7f", "bfe7b71d5e8c639c", "bfd94d08825db484"]),
        (Uniform(-0.1, 0.1), 0, ["bfa45c33d399999a", "3fa2e32a32cccccc", "bfa395182e666667"]),
        (Uniform(-0.1, 0.1), 1, ["bf82d7649cccccd0", "bfaf29ba65333334", "3f91f59ebc000000"]),
        (Uniform(-0.1, 0.1), 2, ["bfb66e7f0f333334", "bfaefb4564666667", "bfa086c7c8000000"]),
    ],
)
def test_documented_chain_values(scheme, seed, expected):
    for profile in (AUGUST, OCTOBER):
        assert hexes(values(scheme, seed, profile)) == expected


@given(profiles(), shapes(max_rank=3), seeds, bounds, bounds)
def test_uniform_equals_the_scalar_formula(profile, shape, seed, low, high):
    got = values(Uniform(low, high), seed, profile, shape)
    word = scalar.SAMPLERS[profile.sampler.value]
    assert hexes(got) == hexes(scalar.uniform(word(seed, i), low, high) for i in range(len(got)))


# Spans whose 2**-32th part is subnormal, and spans beyond the largest number: where the two factors cannot be fused.
@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.0, 1e-290),
        (-1e-290, 3e-291),
        (0.0, 1e-310),
        (5e-324, 4e-323),
        (1e-300, 2e-300),
        (-1e308, 1e308),
        (0.0, 1e308),
    ],
)
@pytest.mark.parametrize("profile", [JULY_13, AUGUST], ids=lambda profile: profile.name)
def test_uniform_at_the_ends_of_the_number_line(profile, low, high):
    word = scalar.SAMPLERS[profile.sampler.value]
    got = values(Uniform(low, high), 1, profile, (50,))
    assert hexes(got) == hexes(scalar.uniform(word(1, i), low, high) for i in range(50))


@given(profiles(), shapes(max_rank=3), seeds, fans, fans)
def test_fan_scaled_schemes_equal_the_scalar_formula(profile, shape, seed, fan_in, fan_out):
    word = scalar.SAMPLERS[profile.sampler.value]
    for scheme, fan in ((XavierUniform(fan_in, fan_out), fan_in + fan_out), (KaimingUniform(fan_in), fan_in)):
        got = values(scheme, seed, profile, shape)
        expected = [scalar.bounded(word(seed, i), fan, profile.zero_fan.value) for i in range(len(got))]
        assert hexes(got) == hexes(expected)


@given(st.sampled_from((AUGUST, OCTOBER)), shapes(max_rank=2), seeds, st.floats(-2, 2), st.floats(0, 2))
def test_normal_equals_the_scalar_formula(profile, shape, seed, mean, std):
    one = scalar.normal_ramp if profile.normal_scheme is NormalScheme.RAMP else scalar.normal_box_muller
    got = values(Normal(mean, std), seed, profile, shape)
    assert hexes(got) == hexes(one(seed, i, mean, std) for i in range(len(got)))


@pytest.mark.parametrize("profile", [JULY_13, AUGUST, OCTOBER], ids=lambda profile: profile.name)
def test_block_borders(profile):
    count = BLOCK + 5
    word = scalar.SAMPLERS[profile.sampler.value]
    got = values(XavierUniform(3, 4), 11, profile, (count,))
    places = [0, BLOCK - 1, BLOCK, count - 1]
    expected = [scalar.bounded(word(11, i), 7, "infinite") for i in places]
    assert hexes(got[i] for i in places) == hexes(expected)
    if profile is not JULY_13:
        one = scalar.normal_ramp if profile is AUGUST else scalar.normal_box_muller
        drawn = values(Normal(0.5, 2.0), 11, profile, (count,))
        assert hexes(drawn[i] for i in places) == hexes(one(11, i, 0.5, 2.0) for i in places)


@given(profiles(), shapes(), seeds)
def test_constants_ignore_the_seed(profile, shape, seed):
    for scheme, value in ((Zeros(), 0.0), (Ones(), 1.0), (Constant(-0.0), -0.0), (Constant(2.5), 2.5)):
        got = initial_values(Initial(shape, scheme, seed), profile)
        assert got.shape == shape
        assert hexes(got.reshape(-1).tolist()) == hexes([value] * got.size)


def test_the_documented_normal_ramp_climbs_by_two():
    assert (normal_ramp_numerators(0, 0, 4) + 1.0).tolist() == [1293516400, 1293516402, 1293516404, 1293516406]


@pytest.mark.parametrize("profile", PROFILES[:3], ids=lambda profile: profile.name)
def test_there_was_no_normal_scheme_before_july(profile):
    with pytest.raises(UnknownSchemeError, match=profile.name):
        values(Normal(0.0, 1.0), 0, profile)


def test_a_zero_fan_is_an_axis():
    infinite, zero = replace(AUGUST, zero_fan=ZeroFan.INFINITE), replace(AUGUST, zero_fan=ZeroFan.ZERO)
    assert hexes(values(KaimingUniform(0), 0, infinite)) == ["7ff8000000000000"] * 3
    # (-0.0) + r * (2 * 0.0) is -0.0 + 0.0
    assert hexes(values(KaimingUniform(0), 0, zero)) == ["0000000000000000"] * 3

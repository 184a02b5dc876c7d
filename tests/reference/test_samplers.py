from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scalar import samplers as scalar
from xcheck.reference.profile import Sampler
from xcheck.reference.samplers import BLOCK, blocks_of, key_of, mix, unit_sampler

seeds = st.integers(0, 9) | st.integers(0, 2**70) | st.sampled_from((2**32 - 1, 2**32, 2**63, 2**64 - 1, 2**64, 10**40))


# numerics.md 4.6
@pytest.mark.parametrize(
    ("seed", "states"),
    [
        (0, [1013904223, 1196435762, 3519870697, 2868466484]),
        (1, [1015568748, 1586005467, 2165703038, 3027450565]),
        (2, [1017233273, 1975575172, 811535379, 3186434646]),
        (7, [1025555898, 3923423697, 2630631676, 3981355051]),
        (42, [1083814273, 378494188, 2479403867, 955863294]),
        (2**40 + 3, [1018897798]),
    ],
)
def test_documented_lcg_streams(seed, states):
    assert unit_sampler(Sampler.LCG, seed)(0, len(states)).tolist() == states
    assert [scalar.lcg(seed, index) for index in range(len(states))] == states


# numerics.md 4.6
@pytest.mark.parametrize(
    ("seed", "key", "words"),
    [
        (0, 0xE220A8397B1DCDAF, [1293516399, 2939677055, 1326138252, 994118778]),
        (1, 0x910A2DEC89025CC1, [1949917470, 840412675, 2524120683, 1272474839]),
        (2, 0x975835DE1C9756CE, [265782452, 848024197, 1454312588, 2903498345]),
        (7, 0x63CBE1E459320DD7, [2125188677, 3887872905, 3806430955, 1767208896]),
        (42, 0xBDD732262FEB6E95, [1695576580, 2583233866, 2257628742, 2319239696]),
    ],
)
def test_documented_splitmix_streams(seed, key, words):
    assert key_of(seed) == mix(seed) == key
    assert unit_sampler(Sampler.SPLITMIX64, seed)(0, 4).tolist() == words
    assert unit_sampler(Sampler.SPLITMIX64, seed + 2**64)(0, 4).tolist() == words
    assert [scalar.splitmix(seed, index) for index in range(4)] == words


@pytest.mark.parametrize("sampler", Sampler)
@given(data=st.data(), seed=seeds)
def test_ranges_in_any_order_equal_the_scalar_stream(sampler, data, seed):
    one = scalar.SAMPLERS[sampler.value]
    words = unit_sampler(sampler, seed)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, 300))
        stop = start + data.draw(st.integers(0, 20))
        got = words(start, stop)
        assert got.dtype == "uint32"
        assert got.tolist() == [one(seed, index) for index in range(start, stop)]


@pytest.mark.parametrize("sampler", Sampler)
@pytest.mark.parametrize("seed", [0, 5, 2**32 + 1, 2**64 + 12345])
def test_block_borders(sampler, seed):
    count = 2 * BLOCK + 3
    whole = unit_sampler(sampler, seed)(0, count).tolist()
    if sampler is Sampler.LCG:
        state, expected = seed, []
        for _ in range(count):
            state = (1664525 * state + 1013904223) % 2**32
            expected.append(state)
    else:
        expected = [scalar.splitmix(seed, index) for index in range(count)]
    assert whole == expected
    across = unit_sampler(sampler, seed)(BLOCK - 2, BLOCK + 2).tolist()
    assert across == expected[BLOCK - 2 : BLOCK + 2]


@given(st.integers(0, 5 * BLOCK))
def test_blocks_cover_the_range(count):
    assert [index for start, stop in blocks_of(count) for index in range(start, stop)] == list(range(count))
    assert all(0 < stop - start <= BLOCK for start, stop in blocks_of(count))


def test_far_ranges_equal_the_affine_map():
    # s_n = a^n s_0 + c (a^n - 1) / (a - 1) modulo 2^32, with the division done before the reduction.
    a, c, seed, far = 1664525, 1013904223, 99, 10_000_000
    power = pow(a, far + 1, (a - 1) << 32)
    expected = (pow(a, far + 1, 2**32) * seed + c * ((power - 1) // (a - 1))) % 2**32
    assert unit_sampler(Sampler.LCG, seed)(far, far + 1).tolist() == [expected]
    assert unit_sampler(Sampler.SPLITMIX64, seed)(far, far + 1).tolist() == [scalar.splitmix(seed, far)]

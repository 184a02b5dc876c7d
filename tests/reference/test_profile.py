from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcheck.reference.profile import (
    AXES,
    PROFILES,
    Profile,
    UnknownProfileError,
    axis_value,
    differing_axes,
    profile_named,
    profile_of_headers,
    profile_of_revision,
    variants,
)
from xcheck.strategies import profiles

# profiles.md, row by row
ROWS = {
    "tl-2026-05": ("fd2c196 82bea12 5c9cae9", "lcg", "none", "truncated", "columns-first", "2i", "2i", 1e-6),
    "tl-2026-06": ("21198a1 564289f b0afc9d 6f312be", "lcg", "graph", "truncated", "columns-first", "2i", "2i", 1e-6),
    "tl-2026-07-13": ("852c9c6", "lcg", "graph", "guarded", "columns-first", "2i", "2i", 1e-6),
    "tl-2026-07-15-5f7d3ee": ("5f7d3ee", "splitmix64", "graph", "guarded", "columns-first", "2i", "2i", 1e-6),
    "tl-2026-07-15-8c3a1e6": ("8c3a1e6", "splitmix64", "graph", "guarded", "columns-first", "2i", "2i", 1e-6),
    "tl-2026-07-15-c2be276": ("c2be276", "splitmix64", "graph", "guarded", "columns-first", "2i", "2i", 1e-6),
    "tl-2026-07-15": ("14bc499 46658fd", "splitmix64", "graph", "guarded", "columns-first", "2i", "2i", 1e-6),
    "tl-2026-08": ("be55ea0 b2a2184", "splitmix64", "graph", "guarded", "row-major", "2i", "2i", 1e-6),
    "tl-2026-09-c1": ("a351909 801eb0e", "splitmix64", "chain", "guarded", "row-major", "i", "2i", 1e-5),
    "tl-2026-09-c2": ("0f84531 3447b74 996dda0", "splitmix64", "chain", "guarded", "row-major", "i", "i", 1e-5),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_documented_rows(name):
    commits, sampler, kinds, window, max_pool, linear, conv, eps = ROWS[name]
    profile = profile_named(name)
    assert (profile.sampler, profile.kinds, profile.window, profile.max_pool) == (sampler, kinds, window, max_pool)
    assert (profile.linear_seed, profile.conv_seed, profile.batch_norm_eps) == (linear, conv, eps)
    assert profile.missing_layer == ("toLayerM?" if name.startswith("tl-2026-09") else "toLayerDefM?")
    assert profile.global_avg_pool_primitive is (name in ("tl-2026-05", "tl-2026-06"))
    for commit in commits.split():
        assert profile_of_revision(commit) == profile
        assert profile_of_revision(commit.upper() + "0123456789") == profile
        assert profile_of_headers(commit, name) == profile_of_headers(commit, None) == profile
    assert profile_of_headers(None, name) == profile


def test_the_rows_are_all():
    assert [profile.name for profile in PROFILES] == list(ROWS)
    commits = [commit for profile in PROFILES for commit in profile.commits]
    assert len(commits) == len(set(commits))


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("tl-2026-8", "tl-2026-08"), ("tl-2026-09-c3", "tl-2026-09-c2"), ("tl-2026-7-13", "tl-2026-07-13")],
)
def test_an_unknown_name_names_the_nearest(wrong, nearest):
    with pytest.raises(UnknownProfileError) as error:
        profile_named(wrong)
    assert error.value.nearest == nearest
    assert wrong in str(error.value)
    assert nearest in str(error.value)


@given(st.text(max_size=20))
def test_any_unknown_name_names_one(name):
    with pytest.raises(UnknownProfileError) as error:
        profile_named(name)
    assert profile_named(error.value.nearest)


def test_an_unknown_revision_names_the_nearest_profile():
    with pytest.raises(UnknownProfileError, match="0000000") as error:
        profile_of_headers("0000000", "tl-2026-06")
    assert error.value.nearest == "tl-2026-06"
    with pytest.raises(UnknownProfileError) as error:
        profile_of_headers("0000000", None)
    assert error.value.nearest in ROWS


def test_a_claim_may_name_the_stretch_its_revision_lies_in():
    for commit in ("5f7d3ee", "8c3a1e6", "c2be276"):
        assert profile_of_headers(commit, "tl-2026-07-15").name == f"tl-2026-07-15-{commit}"
    with pytest.raises(UnknownProfileError):
        profile_of_headers("46658fd", "tl-2026-07-15-5f7d3ee")


def test_contradicting_headers_are_refused():
    with pytest.raises(UnknownProfileError) as error:
        profile_of_headers("82bea12", "tl-2026-08")
    assert error.value.nearest == "tl-2026-05"
    assert "tl-2026-08" in str(error.value)
    assert "82bea12" in str(error.value)


def test_no_header_at_all_is_refused():
    with pytest.raises(UnknownProfileError, match="neither"):
        profile_of_headers(None, None)


def test_an_unknown_claim_is_refused_even_for_a_known_revision():
    with pytest.raises(UnknownProfileError, match="tl-2025"):
        profile_of_headers("82bea12", "tl-2025")


@given(profiles(), profiles())
def test_differing_axes_are_symmetric_and_complete(first, second):
    axes = differing_axes(first, second)
    assert axes == differing_axes(second, first)
    assert (axes == ()) is (first == second)
    for axis in AXES:
        assert (axis in axes) is (getattr(first, axis.field) != getattr(second, axis.field))
    for axis in axes:
        assert axis_value(first, axis) != axis_value(second, axis)


@given(profiles())
def test_variants_change_one_axis(profile):
    found = variants(profile)
    assert found
    for axis, variant in found:
        assert differing_axes(profile, variant) == (axis,)
        assert variant.name == profile.name


def test_documented_differences():
    def between(first, second):
        return {axis.field for axis in differing_axes(profile_named(first), profile_named(second))}

    assert between("tl-2026-05", "tl-2026-06") == {"kinds"}
    assert between("tl-2026-09-c1", "tl-2026-09-c2") == {"conv_seed", "one_attention_builder"}
    august = {"pool_2d_limits_padding", "max_pool", "average_pool_2d", "gelu"}
    assert between("tl-2026-07-15", "tl-2026-08") == august
    july = {"surface", "window", "global_avg_pool_primitive"}
    july |= {"global_average", "masked_softmax", "zero_head_scale", "fno_nd"}
    assert between("tl-2026-06", "tl-2026-07-13") == july


def test_every_field_is_an_axis_with_its_source():
    names = {field.name for field in fields(Profile)} - {"name", "commits", "since"}
    assert {axis.field for axis in AXES} >= names
    assert all("@" in axis.source and axis.decides and axis.effect for axis in AXES)

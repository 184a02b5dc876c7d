"""Hypothesis profiles: `ci`, deterministic, runs by default; `dev` explores, with HYPOTHESIS_PROFILE=dev."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.register_profile("dev", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden exports."""
    return Path(__file__).parent.parent / "lean_exports" / "golden"

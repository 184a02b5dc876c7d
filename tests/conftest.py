"""Hypothesis profiles: `ci` is deterministic and runs by default; `dev` explores, with HYPOTHESIS_PROFILE=dev."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from xcheck.lean_parser.export import read_export

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

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden exports."""
    return ROOT / "lean_exports" / "golden"


@pytest.fixture(scope="session")
def golden_export(golden: Path):
    """A function from a golden file's name to its parsed export, read once."""
    read = {}

    def export(name: str):
        if name not in read:
            read[name] = read_export(golden / f"{name}.tlx")
        return read[name]

    return export

"""What the tests of the Lean source reader share: our own model files, and one way to denote."""

from __future__ import annotations

from pathlib import Path

from xcheck.lean_parser.elaborate import Denoted, denote, elaborate_file
from xcheck.lean_parser.elaborate.values import Value
from xcheck.reference.profile import Profile, Surface, profile_named

SOURCES = Path(__file__).parent.parent / "lean_sources"
MAY = profile_named("tl-2026-05")
JUNE = profile_named("tl-2026-06")
AUGUST = profile_named("tl-2026-08")
C1 = profile_named("tl-2026-09-c1")
C2 = profile_named("tl-2026-09-c2")

FILES = {Surface.GRAPH_ALIASES: "Aliases.lean", Surface.GRAPH_DIM: "Dim.lean", Surface.CHAIN: "Chains.lean"}


def model(name: str, call: str, profile: Profile) -> Denoted:
    """What a call denotes in one of our files."""
    return denote(str(SOURCES / name), profile, call=call, search_path=[SOURCES])


def value(name: str, call: str, profile: Profile) -> Value:
    """Any value of a definition in one of our files."""
    return elaborate_file(str(SOURCES / name), profile, [SOURCES]).value_of_call(call)


def expression(text: str, profile: Profile = AUGUST) -> Denoted:
    """What an expression denotes without any file."""
    return denote(None, profile, expression=text)

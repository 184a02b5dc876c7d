"""What an oracle claims to be, checked: which profile its answers are compared under."""

from __future__ import annotations

from typing import Final

from xcheck.oracle.errors import ClaimError
from xcheck.oracle.messages import Handshake
from xcheck.reference.profile import Profile, Surface, UnknownProfileError, profile_named, profile_of_headers

AUTO: Final = "auto"
_UNKNOWN: Final = "unknown"
_SURFACES: Final = {Surface.CHAIN: "chain", Surface.GRAPH_ALIASES: "graph", Surface.GRAPH_DIM: "graph"}


def profile_of(handshake: Handshake, wanted: str = AUTO) -> Profile:
    """The profile to compare with: `wanted` by name, or what the handshake says with `auto`; raises `ClaimError`.

    Whichever it is, the primitives it knows must be those of the oracle's surface.
    """
    try:
        profile = profile_named(wanted) if wanted != AUTO else _claimed(handshake)
    except UnknownProfileError as error:
        raise ClaimError(f"the oracle cannot be compared with: {error}") from None
    surface = handshake.pairs["surface"]
    if surface != _SURFACES[profile.surface]:
        raise ClaimError(
            f"the oracle's surface is {surface!r}, but {profile.name} is written on {_SURFACES[profile.surface]!r}"
        )
    return profile


def _claimed(handshake: Handshake) -> Profile:
    given = (handshake.pairs["torchlean"], handshake.pairs["profile"])
    return profile_of_headers(*(None if value == _UNKNOWN else value for value in given))


def headers_of(handshake: Handshake) -> dict[str, str]:
    """The headers of an export that holds the oracle's answers."""
    known = {name: value for name, value in handshake.pairs.items() if name not in ("surface", "via")}
    if known["torchlean"] == _UNKNOWN:
        del known["torchlean"]
    if known["profile"] == _UNKNOWN:
        del known["profile"]
    return {**known, "exporter": known.get("exporter", "an oracle's answers, as xcheck received them")}

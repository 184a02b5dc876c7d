"""Lean source to models: what a call of a definition denotes."""

from __future__ import annotations

from xcheck.lean_parser.elaborate.denote import Denoted, Elaboration, denote, elaborate_file
from xcheck.lean_parser.elaborate.difference import describe_difference
from xcheck.lean_parser.elaborate.values import LayerCall, SeqModel

__all__ = [
    "Denoted",
    "Elaboration",
    "LayerCall",
    "SeqModel",
    "denote",
    "describe_difference",
    "elaborate_file",
]

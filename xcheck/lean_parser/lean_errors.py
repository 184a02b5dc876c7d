"""What can be wrong with Lean source: one class per named mistake, under `LeanSourceError`."""

from __future__ import annotations

from typing import ClassVar

from xcheck.lean_parser.errors import ParseError


class LeanSourceError(ParseError):
    """Lean source that denotes no model here. `str()` gives place, message, the source line and a caret."""


class LeanSyntaxError(LeanSourceError):
    """Text that is not in the grammar of `lean.lark`."""


class LeanUnclosedError(LeanSyntaxError):
    """A comment or string without its end."""


class UnsupportedLeanError(LeanSourceError):
    """A form of Lean that this reader knows by name and does not evaluate."""


class UnknownNameError(LeanSourceError):
    """An identifier that neither the files nor the built-in table define."""


class LeanTypeError(LeanSourceError):
    """A term that has not the type its place asks for; both are shown."""


class CannotInferError(LeanTypeError):
    """An implicit argument or hole that the surroundings do not determine."""


class LeanArgumentError(LeanSourceError):
    """Arguments that do not fit the definition they are given to."""


class FalseProofError(LeanSourceError):
    """A proof argument whose proposition is false: Lean would refuse the term."""


class LeanLimitError(LeanSourceError):
    """An evaluation that goes on for too long or grows too large."""


class LeanFileError(LeanSourceError):
    """A source file that cannot be opened or is not UTF-8."""

    summary: ClassVar[str] = "cannot be opened"

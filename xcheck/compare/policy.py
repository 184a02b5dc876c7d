"""How strict a comparison is. The default admits nothing: every bit counts.

`+ - * / sqrt` are exact everywhere, so only layers that reach the C library can differ between hosts; an allowance is
given per C function and the report names the rule that admitted a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xcheck.compare.result import TensorDifference

LIBM_FUNCTIONS: Final = ("exp", "log", "tanh", "sin", "cos")


@dataclass(frozen=True, slots=True)
class Allowance:
    """Up to `ulp` units in the last place on the output of any layer that reaches the C function `function`."""

    function: str
    ulp: int

    def __str__(self) -> str:
        return f"{self.function}={self.ulp}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The allowances in force, none by default, and how much is said of what they do not admit.

    `diagnose` says whether causes are looked for, `maps` whether differences carry their element maps. `rationed` says
    that only the first few of many neighbouring cases that disagree are diagnosed.
    """

    allowances: tuple[Allowance, ...] = ()
    diagnose: bool = True
    maps: bool = False
    rationed: bool = True

    def admits(self, functions: tuple[str, ...], difference: TensorDifference) -> Allowance | None:
        """The rule that admits this difference on a layer reaching these C functions, if there is one."""
        if difference.max_ulp is None or difference.not_finite:
            return None
        fitting = [a for a in self.allowances if a.function in functions and difference.max_ulp <= a.ulp]
        return min(fitting, key=lambda a: a.ulp, default=None)


EXACT: Final = Policy()

"""The causes in the order in which they are tried. A new one is a row here."""

from __future__ import annotations

from typing import Final

from xcheck.compare.causes.arithmetic import FORMS, SUMS
from xcheck.compare.causes.cause import Cause
from xcheck.compare.causes.constants import EPSILON, LITERALS
from xcheck.compare.causes.counters import COUNTERS
from xcheck.compare.causes.fallback import FALLBACK
from xcheck.compare.causes.libraries import LIBRARIES
from xcheck.compare.causes.maxima import MAXIMA
from xcheck.compare.causes.parameters import PARAMETERS
from xcheck.compare.causes.places import PLACES
from xcheck.compare.causes.revisions import REVISIONS
from xcheck.compare.causes.samplers import SAMPLERS
from xcheck.compare.causes.schemes import SCHEMES
from xcheck.compare.causes.seeds import SEEDS
from xcheck.compare.causes.structure import STRUCTURE

CAUSES: Final[tuple[Cause, ...]] = (
    *REVISIONS,
    *COUNTERS,
    *SEEDS,
    *SAMPLERS,
    *PARAMETERS,
    *SCHEMES,
    *SUMS,
    *EPSILON,
    *FORMS,
    *MAXIMA,
    *LITERALS,
    *LIBRARIES,
    *STRUCTURE,
    *PLACES,
    *FALLBACK,
)

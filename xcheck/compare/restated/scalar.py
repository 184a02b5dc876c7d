"""Functions of one number, every operation of them kept as the rules keep it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from xcheck.compare.restated.arithmetic import Rules
from xcheck.reference import exact
from xcheck.reference.operation import Run, Via
from xcheck.reference.profile import Gelu, Logistic, Profile
from xcheck.tensor import F64

CUBE: Final = 44715.0 / 1000000.0
_ROOT: Final = math.sqrt(2.0 / math.pi)


def logistic(rules: Rules, profile: Profile, x: F64) -> F64:
    """The logistic function in the profile's form."""
    r = rules.rounded
    if profile.logistic is Logistic.DIRECT:
        return r(1.0 / r(1.0 + r(exact.exp(-x))))
    positive = x > 0.0
    e = r(exact.exp(np.where(positive, -x, x)))
    return np.where(positive, r(1.0 / r(1.0 + e)), r(e / r(1.0 + e)))


def gelu(rules: Rules, run: Run, x: F64) -> F64:
    """The tanh approximation of GELU in the profile's association."""
    r = rules.rounded
    cube = r(np.array(CUBE if rules.cube is None else rules.cube))
    root = r(np.array(_ROOT))
    if run.profile.gelu is Gelu.COMPOSED and run.via is not Via.SPEC:
        inner = r(x + r(r(r(x * x) * x) * cube))
        wave = r(exact.tanh(r(inner * root)))
        return r(0.5 * r(x * r(1.0 + wave)))
    inner = r(x + r(r(r(cube * x) * x) * x))
    wave = r(exact.tanh(r(root * inner)))
    return r(r(x * r(1.0 + wave)) / 2.0)

"""RNN, GRU, LSTM and the gated recurrence of Mamba, time-major, from a zero state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xcheck.compare.restated.affine import affine
from xcheck.compare.restated.arithmetic import Rules
from xcheck.compare.restated.scalar import logistic
from xcheck.reference import exact
from xcheck.reference.profile import Profile
from xcheck.tensor import F64


class _Cell:
    """One step of a recurrence with its parameters, weights and biases alternating."""

    def __init__(self, rules: Rules, profile: Profile, params: Sequence[F64]) -> None:
        self._rules = rules
        self._profile = profile
        self._params = params

    def _gate(self, number: int, entry: F64) -> F64:
        weight, bias = self._params[2 * number : 2 * number + 2]
        values: F64 = affine(self._rules, entry[None, :], weight, bias)[0]
        return values

    def _opening(self, number: int, entry: F64) -> F64:
        return logistic(self._rules, self._profile, self._gate(number, entry))

    def _tanh(self, values: F64) -> F64:
        return self._rules.rounded(exact.tanh(values))

    def _mixed(self, a: F64, b: F64, c: F64, d: F64) -> F64:
        """`a * b + c * d`."""
        return self._rules.scaled(a, b, self._rules.rounded(c * d))

    def rnn(self, x: F64, hidden: F64) -> F64:
        """The new hidden state."""
        return self._tanh(self._gate(0, np.concatenate([x, hidden])))

    def gru(self, x: F64, hidden: F64) -> F64:
        """The new hidden state."""
        r = self._rules.rounded
        entry = np.concatenate([x, hidden])
        reset, update = self._opening(0, entry), self._opening(1, entry)
        new = self._tanh(self._gate(2, np.concatenate([x, r(reset * hidden)])))
        return self._mixed(r(1.0 - update), new, update, hidden)

    def lstm(self, x: F64, hidden: F64, cell: F64) -> tuple[F64, F64]:
        """The new hidden state and cell."""
        entry = np.concatenate([x, hidden])
        forget, admit, output = (self._opening(gate, entry) for gate in (0, 1, 3))
        cell = self._mixed(forget, cell, admit, self._tanh(self._gate(2, entry)))
        return self._rules.rounded(output * self._tanh(cell)), cell

    def mamba(self, x: F64, hidden: F64, entry: F64) -> F64:
        """The new hidden state."""
        delta = self._opening(1, np.concatenate([x, hidden]))
        return self._mixed(delta, hidden, self._rules.rounded(1.0 - delta), entry)


def unrolled(rules: Rules, kind: str, profile: Profile, params: Sequence[F64], xs: F64, hidden_size: int) -> F64:
    """Every hidden state `(steps, hidden)` of the recurrence `kind` (`RNN`, `GRU`, `LSTM`) over `(steps, in)`."""
    step = _Cell(rules, profile, params)
    hidden = cell = np.zeros(hidden_size, np.float64)
    out = np.zeros((xs.shape[0], hidden_size), np.float64)
    for time, x in enumerate(xs):
        if kind == "LSTM":
            hidden, cell = step.lstm(x, hidden, cell)
        else:
            hidden = step.gru(x, hidden) if kind == "GRU" else step.rnn(x, hidden)
        out[time] = hidden
    return out


def mamba(rules: Rules, profile: Profile, params: Sequence[F64], xs: F64, hidden_size: int) -> F64:
    """Every gated state `(steps, hidden)` over `(steps, in)`; `params` as the layer's, weights and biases in turn."""
    r = rules.rounded
    step = _Cell(rules, profile, params)
    entries, gates = (_silu(rules, profile, affine(rules, xs, *params[at : at + 2])) for at in (0, 4))
    hidden = np.zeros(hidden_size, np.float64)
    out = np.zeros((xs.shape[0], hidden_size), np.float64)
    for time, x in enumerate(xs):
        hidden = step.mamba(x, hidden, entries[time])
        out[time] = r(hidden * gates[time])
    return out + 0.0


def _silu(rules: Rules, profile: Profile, values: F64) -> F64:
    return rules.rounded(values * logistic(rules, profile, values))

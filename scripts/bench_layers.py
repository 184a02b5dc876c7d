"""What exactness costs: catalogue layers beside the same operation by BLAS-backed NumPy, in the same run.

    .venv/bin/python scripts/bench_layers.py

The exact layers add in Lean's order and call the C library; the fast ones use `@`, `np.mean` and `np.exp` and agree
only to rounding, which the last column shows. Exits with 1 if a layer is more than 40 times slower than its fast form.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from xcheck.reference.initialise import initial_values
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.operation import Mode, Run, Via
from xcheck.reference.profile import profile_named
from xcheck.tensor import F64, Shape

LIMIT = 40.0
PROFILE = profile_named("tl-2026-08")
RUN = Run(PROFILE, Mode.EVAL, Via.EAGER)


def sigma(x: F64) -> F64:
    return 1.0 / (1.0 + np.exp(-x))


def fast_lstm(params: Sequence[F64], x: F64) -> F64:
    weight = np.concatenate(params[0::2])
    bias = np.concatenate(params[1::2])
    size = params[1].size
    entry = x @ weight[:, : x.shape[1]].T + bias
    recurrent = np.ascontiguousarray(weight[:, x.shape[1] :])
    hidden, cell = np.zeros(size), np.zeros(size)
    out = np.empty((x.shape[0], size))
    for step in range(x.shape[0]):
        f, i, g, o = np.split(entry[step] + recurrent @ hidden, 4)
        cell = sigma(f) * cell + sigma(i) * np.tanh(g)
        hidden = sigma(o) * np.tanh(cell)
        out[step] = hidden
    return out


def fast_attention(params: Sequence[F64], x: F64) -> F64:
    heads, width = 8, 32
    query, key, value = ((x[0] @ w).reshape(-1, heads, width).transpose(1, 0, 2) for w in params[:3])
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(width)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return ((weights @ value).transpose(1, 0, 2).reshape(-1, heads * width) @ params[3])[None]


def fast_conv(params: Sequence[F64], x: F64) -> F64:
    kernel, bias = params
    height, width = x.shape[1:]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    out = np.repeat(bias[:, None], height * width, axis=1)
    for row in range(3):
        for column in range(3):
            cells = padded[:, row : row + height, column : column + width].reshape(x.shape[0], -1)
            out += np.ascontiguousarray(kernel[:, :, row, column]) @ cells
    return out.reshape(-1, height, width)


def fast_layer_norm(params: Sequence[F64], x: F64) -> F64:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + 1e-6) * params[0] + params[1]


@dataclass(frozen=True)
class Case:
    name: str
    builder: str
    arguments: dict[str, object]
    shape: Shape
    fast: Callable[[Sequence[F64], F64], F64]


CASES = (
    Case(
        "LSTM, 128 steps of 256 -> 256",
        "lstm",
        {"seqLen": 128, "inputSize": 256, "hiddenSize": 256},
        (128, 256),
        fast_lstm,
    ),
    Case(
        "attention 128 x 256, 8 heads",
        "multiHeadAttention",
        {"batch": 1, "n": 128, "dModel": 256, "numHeads": 8, "headDim": 32},
        (1, 128, 256),
        fast_attention,
    ),
    Case(
        "convolution 64 -> 64, 3 x 3 on 32 x 32",
        "conv2d",
        {"inC": 64, "outC": 64, "kH": 3, "kW": 3, "stride": 1, "padding": 1, "inH": 32, "inW": 32},
        (64, 32, 32),
        fast_conv,
    ),
    Case(
        "layer norm 1024 x 1024",
        "layerNorm",
        {"batch": 1, "seqLen": 1024, "embedDim": 1024},
        (1, 1024, 1024),
        fast_layer_norm,
    ),
)


def best(action: Callable[[], F64], times: int = 7) -> tuple[float, F64]:
    """The shortest of several runs in milliseconds, and the last result."""
    shortest = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        result = action()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest * 1e3, result


def main() -> int:
    table = Table(title="exact layers beside BLAS-backed NumPy")
    for column in ("layer", "exact ms", "fast ms", "ratio", "largest difference"):
        table.add_column(column, justify="left" if column == "layer" else "right")
    worst = 0.0
    for case in CASES:
        layer = layer_of(case.builder, case.arguments, PROFILE)
        signature = layer.signature(case.shape, PROFILE)
        params = [initial_values(initial, PROFILE) for initial in layer.initial(signature, PROFILE, 0)]
        x = np.random.default_rng(6).standard_normal(case.shape)
        exact_ms, exact = best(lambda: layer.forward(RUN, params, x))  # noqa: B023
        fast_ms, fast = best(lambda: case.fast(params, x))  # noqa: B023
        worst = max(worst, exact_ms / fast_ms)
        difference = float(np.abs(exact - fast).max() / np.abs(fast).max())
        table.add_row(
            case.name, f"{exact_ms:.1f}", f"{fast_ms:.1f}", f"{exact_ms / fast_ms:.1f}", f"{difference:.1e} relative"
        )
    Console(width=110).print(table)
    print(f"slowest ratio {worst:.1f}, at most {LIMIT:.0f} is wanted")
    return int(worst > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())

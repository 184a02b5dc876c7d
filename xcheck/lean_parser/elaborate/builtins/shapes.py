"""Shapes: constructors, the aliases of each surface, and the extents of sliding windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from xcheck.lean_parser.elaborate.builtins.table import TYPES, Builtin, Call
from xcheck.lean_parser.elaborate.operators import natural
from xcheck.lean_parser.elaborate.values import ListValue, NatTensor, Proposition, Value
from xcheck.reference.profile import Profile, Surface
from xcheck.reference.shape import pool_extent, window_extent
from xcheck.tensor import Shape


def _graph(profile: Profile) -> bool:
    return profile.surface is not Surface.CHAIN


def _chain(profile: Profile) -> bool:
    return profile.surface is Surface.CHAIN


def _aliases(profile: Profile) -> bool:
    return profile.surface is Surface.GRAPH_ALIASES


def _facade(profile: Profile) -> bool:
    return profile.name == "tl-2026-06"


def _alias(name: str, arguments: str) -> Builtin:
    """A shape alias that lists its extents in order, in both namespaces that had it."""

    def implement(call: Call) -> Shape:
        return tuple(call[a] for a in arguments.split())

    return Builtin(
        f"NN.Tensor.Shape.{name} NN.Shape.{name}", f"({arguments} : Nat) : Shape", implement, _aliases, holes="pass"
    )


def _lower(name: str, arguments: str) -> Builtin:
    def implement(call: Call) -> Shape:
        return tuple(call[a] for a in arguments.split())

    names = f"TorchLean.Shape.{name} Spec.Shape.{name} NN.API.Shape.{name}"
    return Builtin(names, f"({arguments} : Nat) : Shape", implement, _facade, holes="pass")


def _of(names: str, signature: str, compute: Callable[[Call], Value]) -> Builtin:
    return Builtin(names, signature, compute, holes="pass")


def _size(call: Call) -> int:
    total = 1
    for extent in call["s"]:
        total = natural("*", total, extent)
    return total


def _from_list(call: Call) -> Shape:
    items = call["xs"]
    return tuple(items) if isinstance(items, tuple) else tuple(items.items)


def _window(call: Call) -> int:
    return window_extent(call.profile.window, call["n"], call["k"], call["s"], call["p"])


def _pool(call: Call) -> int:
    profile = call.profile
    return pool_extent(profile.window, profile.pool_2d_limits_padding, call["n"], call["k"], call["s"], call["p"])


def _pool_nd(call: Call) -> int:
    profile = call.profile
    return pool_extent(profile.window, profile.pool_nd_limits_padding, call["n"], call["k"], call["s"], call["p"])


def _transpose_extent(profile: Profile, n: int, k: int, s: int, p: int) -> int:
    if profile.window == "guarded" and 0 in (n, k, s):
        return 0
    if profile.window == "guarded":
        return max(max(n - 1, 0) * s + k - 2 * p, 0)
    return max(max(n - 1, 0) * s - 2 * p, 0) + k


def _transpose(call: Call) -> int:
    return _transpose_extent(call.profile, call["n"], call["k"], call["s"], call["p"])


def _spatial(extent: Callable[[Profile, int, int, int, int], int]) -> Callable[[Call], NatTensor]:
    def implement(call: Call) -> NatTensor:
        rows = zip(*(call[a].items for a in ("n", "k", "s", "p")), strict=True)
        return NatTensor(tuple(extent(call.profile, *row) for row in rows))

    return implement


_conv_spatial = _spatial(lambda profile, n, k, s, p: window_extent(profile.window, n, k, s, p))
_pool_spatial = _spatial(
    lambda profile, n, k, s, p: pool_extent(profile.window, profile.pool_nd_limits_padding, n, k, s, p)
)
_transpose_spatial = _spatial(_transpose_extent)


def _component(call: Call) -> int:
    items: tuple[int, ...] = call["t"].items
    return items[call["i"]]


_EXTENTS: Final = "(n k s p : Nat) : Nat"
_GEOMETRY: Final = "{d : Nat} (n k s p : Vector Nat d) : Vector Nat d"

ROWS: Final[tuple[Builtin, ...]] = (
    _of("Spec.Shape.scalar", ": Shape", lambda c: ()),
    _of("Spec.Shape.dim", "(n : Nat) (inner : Shape) : Shape", lambda c: (c["n"], *c["inner"])),
    Builtin("NN.Tensor.Shape.scalar NN.Shape.scalar", ": Shape", lambda c: (), _aliases),
    Builtin(
        "NN.Tensor.Shape.dim NN.Shape.dim NN.Tensor.Shape.Batch NN.Shape.Batch",
        "(n : Nat) (inner : Shape) : Shape",
        lambda c: (c["n"], *c["inner"]),
        _aliases,
        holes="pass",
    ),
    _of("Spec.Shape.size NN.Tensor.Shape.size NN.Shape.size", "(s : Shape) : Nat", _size),
    _of("Spec.Shape.rank Spec.Shape.ndim", "(s : Shape) : Nat", lambda c: len(c["s"])),
    _of("Spec.Shape.wellFormed", "(s : Shape)", lambda c: Proposition(0 not in c["s"])),
    _of("Spec.Shape.toList Spec.Shape.dims", "(s : Shape) : List Nat", lambda c: ListValue(c["s"])),
    _of("Spec.Shape.ofList NN.Tensor.shapeOfDims", "(xs : List Nat) : Shape", _from_list),
    _of("Spec.Shape.dimSize", "(s : Shape) : Nat", lambda c: c["s"][0] if c["s"] else 1),
    _of("Spec.Shape.appendDim", "(s : Shape) (n : Nat) : Shape", lambda c: (*c["s"], c["n"])),
    _of("Spec.Shape.concat", "(s t : Shape) : Shape", lambda c: c["s"] + c["t"]),
    _of("Spec.Shape.slidingWindowOutDim", _EXTENTS, _window),
    _of("Spec.poolOutDim", _EXTENTS, _pool),
    _of("Spec.convTransposeOutDim", _EXTENTS, _transpose),
    _of(f"{TYPES}.window", _EXTENTS, _window),
    _of(f"{TYPES}.pool", _EXTENTS, _pool),
    _of(f"{TYPES}.poolNd", _EXTENTS, _pool_nd),
    _of(f"{TYPES}.transposed", _EXTENTS, _transpose),
    _of(f"Spec.convOutSpatial {TYPES}.windows", _GEOMETRY, _conv_spatial),
    _of(f"Spec.poolOutSpatialPad {TYPES}.pools", _GEOMETRY, _pool_spatial),
    _of(f"Spec.convTransposeOutSpatial {TYPES}.transposeds", _GEOMETRY, _transpose_spatial),
    _of(
        f"{TYPES}.batched",
        "(batch channels : Nat) (xs : Vector Nat _) : Shape",
        lambda c: (c["batch"], c["channels"], *c["xs"].items),
    ),
    _of("Vector.toList", "(t : Vector Nat _) : List Nat", lambda c: ListValue(c["t"].items)),
    _of("Vector.get TorchLean.Tensor.getScalar", "(t : Vector Nat _) (i : Nat) : Nat", _component),
    _of("Vector.replicate", "(n : Nat) (a : Nat)", lambda c: NatTensor((c["a"],) * min(c["n"], 1000))),
    Builtin(
        "TorchLean.Tensor.to",
        "(t : Vector Nat _) (target : Type)",
        lambda c: ListValue(c["t"].items),
        _chain,
        holes="pass",
    ),
    *(
        _alias(name, arguments)
        for name, arguments in (
            ("Vec", "n"),
            ("Mat", "r c"),
            ("CL", "c l"),
            ("NCL", "n c l"),
            ("CHW", "c h w"),
            ("Image", "c h w"),
            ("HWC", "h w c"),
            ("NCHW", "n c h w"),
            ("Images", "n c h w"),
            ("NHWC", "n h w c"),
            ("CDHW", "c d h w"),
            ("NCDHW", "n c d h w"),
            ("OIHW", "o i kh kw"),
            ("OIL", "o i kl"),
            ("OIDHW", "o i kd kh kw"),
        )
    ),
    *(
        _lower(name, arguments)
        for name, arguments in (
            ("vec", "n"),
            ("mat", "r c"),
            ("image", "c h w"),
            ("images", "n c h w"),
            ("nchw", "n c h w"),
        )
    ),
    Builtin("TorchLean.Shape.scalar NN.API.Shape.scalar", ": Shape", lambda c: (), _facade),
    Builtin(
        "TorchLean.Shape.batch Spec.Shape.batch",
        "(n : Nat) (inner : Shape) : Shape",
        lambda c: (c["n"], *c["inner"]),
        _facade,
        holes="pass",
    ),
)

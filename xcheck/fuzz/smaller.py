"""What is smaller than a case: fewer leaves, smaller geometry, simpler values. Each step is one candidate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Final

import numpy as np

from xcheck.compare.ulp import float_of
from xcheck.fuzz.case import Case, Leaf, keep, retyped, tensors_in, with_tensor
from xcheck.reference.graph import Identity, Prim, chain
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Profile
from xcheck.tensor import Shape, Tensor

# Arguments that follow from the input and are adapted with it, so they are not changed for themselves.
_FOLLOWS: Final = frozenset({"in_dim", "in_channels", "channels", "height", "width", "rank", "lean_name", "axis"})
_LEAST: Final = {
    "kernel": 1,
    "kernel_height": 1,
    "kernel_width": 1,
    "stride": 1,
}  # what a smaller value may not go below


def fewer_leaves(case: Case, profile: Profile) -> Iterator[Case]:
    """Plain association without identities; then each leaf left out, the rest typed again."""
    found = case.leaves
    plain = [k for k, leaf in enumerate(found) if isinstance(leaf, Prim)]
    if plain and len(plain) < len(found):
        without = keep(case, plain)
        if without is not None:
            yield without
    straight = replace(case, graph=chain(*found))
    if straight.graph != case.graph:
        yield straight
    start = _start(case)
    for left_out in range(len(found)):
        kept = [k for k in range(len(found)) if k != left_out]
        shorter = keep(case, kept)
        if shorter is None:
            continue
        fitted = retyped(shorter, [found[k] for k in kept], start, profile)
        if fitted is not None:
            yield fitted


def smaller_counter(case: Case) -> Iterator[Case]:
    """The same from an earlier start."""
    for index in dict.fromkeys((0, 1, case.index // 2, case.index - 1)):
        if 0 <= index < case.index:
            yield replace(case, index=index)


def smaller_geometry(case: Case, profile: Profile) -> Iterator[Case]:
    """One extent of the input or one argument of a primitive smaller, the rest typed again."""
    start, found = _start(case), case.leaves
    for axis, extent in enumerate(start):
        for less in _less(extent, 1):
            smaller = (*start[:axis], less, *start[axis + 1 :])
            yield from _retyped(case, found, smaller, profile)
            if case.run is not None:
                # The other end of the input may be the one that matters.
                yield from _retyped(
                    with_tensor(case, -1, 0, _tail(case.run.input, axis, less)), found, smaller, profile
                )
    for place, leaf in enumerate(found):
        if isinstance(leaf, Prim) and not leaf.primitive.opaque:
            for primitive in smaller_primitives(leaf.primitive):
                changed = replace(leaf, primitive=primitive)
                yield from _retyped(case, (*found[:place], changed, *found[place + 1 :]), start, profile)


def _tail(tensor: Tensor, axis: int, length: int) -> Tensor:
    """The last `length` slices of a tensor along an axis."""
    values = np.take(tensor.values, range(tensor.shape[axis] - length, tensor.shape[axis]), axis)
    return Tensor.of(np.ascontiguousarray(values))


def _retyped(case: Case, found: tuple[Leaf, ...], start: Shape, profile: Profile) -> Iterator[Case]:
    fitted = retyped(case, found, start, profile)
    if fitted is not None:
        yield fitted


def smaller_primitives(primitive: Primitive) -> Iterator[Primitive]:
    """The primitive with one argument smaller."""
    for field in fields(primitive):  # type: ignore[arg-type]  # every primitive is a dataclass
        if field.name in _FOLLOWS:
            continue
        value, least = getattr(primitive, field.name), _LEAST.get(field.name, 1)
        if isinstance(value, int):
            for less in _less(value, least):
                yield replace(primitive, **{field.name: less})  # type: ignore[type-var]
        elif isinstance(value, tuple):
            for axis, entry in enumerate(value):
                for less in _less(entry, least):
                    changed = (*value[:axis], less, *value[axis + 1 :])
                    yield replace(primitive, **{field.name: changed})  # type: ignore[type-var]


def _less(value: int, least: int) -> Iterator[int]:
    """Smaller numbers to try: 1 and half of it first, one less, and the least last, for it is often degenerate."""
    for less in dict.fromkeys((1, value // 2, value - 1, least)):
        if least <= less < value:
            yield less


def _start(case: Case) -> Shape:
    first = case.leaves[0]
    return first.shape if isinstance(first, Identity) else first.signature.input


# Values


def simpler_values(case: Case) -> Iterator[Case]:
    """Whole tensors of one value, then runs of elements, then single elements, each simpler than before."""
    for leaf, number, tensor in tensors_in(case):
        for value in (0.0, 1.0):
            flat = np.full(tensor.bits.size, value).view(np.uint64)
            if complexity(Tensor(tensor.shape, flat)) < complexity(tensor):
                yield with_tensor(case, leaf, number, Tensor(tensor.shape, flat))
        step = tensor.bits.size // 2
        while step > 1:
            for start in range(0, tensor.bits.size, step):
                if tensor.bits[start : start + step].any():
                    bits = tensor.bits.copy()
                    bits[start : start + step] = 0
                    yield with_tensor(case, leaf, number, Tensor(tensor.shape, bits))
            step //= 2
        for place, old in enumerate(tensor.bits.tolist()):
            for new in simpler_bits(old):
                bits = tensor.bits.copy()
                bits[place] = new
                yield with_tensor(case, leaf, number, Tensor(tensor.shape, bits))


def complexity(tensor: Tensor) -> int:
    """The complexities of all elements together."""
    return sum(map(complexity_of, tensor.bits.tolist()))


def complexity_of(bits: int) -> int:
    """How hard an element is to read: 0 for 0.0, small for small integers, then the mantissa digits it needs."""
    value = float_of(bits)
    if bits == 0:
        return 0
    if not math.isfinite(value):
        return 40
    if value == int(value) and 0 < abs(value) <= 16:
        return int(2 * abs(value)) - (value > 0)
    mantissa = bits & ((1 << 52) - 1)
    digits = 52 - ((mantissa & -mantissa).bit_length() - 1) if mantissa else 0
    return 34 + digits + (abs(math.frexp(value)[1]) > 8) * 60 + (value < 0)


def simpler_bits(bits: int) -> Iterator[int]:
    """Simpler elements to try, simplest first."""
    if bits == 0:
        return
    value, limit = float_of(bits), complexity_of(bits)
    tried = [0.0, 1.0, -1.0, 2.0, -0.0]
    if math.isfinite(value):
        if abs(value) < 2**52:
            tried += [float(round(value)), float(int(value)), round(2.0 * value) / 2.0]
        fraction, exponent = math.frexp(value)
        for digits in (1, 2, 4, 8, 16, 24, 32, 44):
            shorter = int(math.ldexp(fraction, digits)) / 2.0**digits
            tried.append(math.ldexp(shorter, exponent))
    for simpler in dict.fromkeys(int(np.float64(number).view(np.uint64)) for number in tried):
        if complexity_of(simpler) < limit:
            yield simpler

"""Convolution and pooling of the `Chain` revisions: the N-d layers of before under other labels, with one seed.

Source: `NN/Runtime/Autograd/Model/Layers/ConvPool.lean` @a351909, @3447b74; forward `NN/Spec/Layers/Conv.lean`,
`NN/Spec/Layers/Pooling/Spatial.lean` @3447b74.
"""

from __future__ import annotations

from dataclasses import dataclass

from xcheck.reference.initialise import Scheme
from xcheck.reference.layers import conv, pool
from xcheck.reference.profile import Profile
from xcheck.tensor import Shape


@dataclass(frozen=True, slots=True)
class Conv(conv.Conv):
    """`(batch, in, *n)` to `(batch, out, *o)`; weight `(out, in, *k)`, bias `(out,)` built without a seed."""

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}(rank={self.rank}, in={self.in_channels}, out={self.out_channels})"


@dataclass(frozen=True, slots=True)
class ConvTranspose(conv.ConvTranspose):
    """As `Conv`, with the weight `(in, out, *k)`."""

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}(rank={self.rank}, in={self.in_channels}, out={self.out_channels})"


@dataclass(frozen=True, slots=True)
class MaxPool(pool.MaxPoolNd):
    """`(batch, c, *n)` to `(batch, c, *o)`."""

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}(rank={self.rank})"


@dataclass(frozen=True, slots=True)
class AvgPool(pool.AvgPoolNd):
    """`(batch, c, *n)` to `(batch, c, *o)`."""

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}(rank={self.rank})"


def seeded_conv(
    batch: int,
    rank: int,
    in_channels: int,
    out_channels: int,
    kernel: Shape,
    stride: Shape,
    padding: Shape,
    extents: Shape,
    seed: int,
    scheme: Scheme,
) -> Conv:
    """From the builder's arguments in order."""
    return Conv(batch, rank, in_channels, out_channels, kernel, stride, padding, extents, seed, 0, scheme)


def seeded_conv_transpose(
    batch: int,
    rank: int,
    in_channels: int,
    out_channels: int,
    kernel: Shape,
    stride: Shape,
    padding: Shape,
    extents: Shape,
    seed: int,
    scheme: Scheme,
) -> ConvTranspose:
    """From the builder's arguments in order."""
    return ConvTranspose(batch, rank, in_channels, out_channels, kernel, stride, padding, extents, seed, 0, scheme)

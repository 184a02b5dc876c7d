"""The forwards once more, with a choice of how sums are formed and rounded: what a diagnosis tries on a wrong layer.

Nothing here says what Lean must produce; that is the reference's. With the plain rules every forward here gives the
reference's bits.
"""

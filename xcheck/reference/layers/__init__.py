"""The catalogue of layers that a `Seq` can hold, one small file per family on one skeleton:

arguments, kind, signature, initial values and seeds, requires-grad, forward, buffer updates, source.
"""

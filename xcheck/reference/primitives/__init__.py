"""GraphSpec's primitives, one small file each on one skeleton:

arguments, name and attributes, signature, kind, initial values, forward, source.
"""

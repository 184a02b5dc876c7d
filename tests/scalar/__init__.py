"""Everything the reference computes, written a second time: one scalar operation a line, plain Python, no NumPy.

Written from the semantics documents and not from `xcheck.reference`; the tests compare the two bit for bit.
"""

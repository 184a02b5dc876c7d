"""The independent reference: what a GraphSpec model lowers to, worked out in Python.

Nothing in this package imports the parser, the comparison or the reports: it never sees an expectation.
"""

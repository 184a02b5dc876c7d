"""A live Lean process that answers requests, and installing the exporter into a TorchLean checkout."""

"""Cross-checks TorchLean's GraphSpec lowering against an independent Python reference, to the bit."""

from typing import Final

__version__: Final = "0.1.0"

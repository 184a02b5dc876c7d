"""Text to typed records: the export format, primitive names and kind strings, Lean source, and checkpoints."""

"""Results as text or JSON lines, and the one function from a result to an exit code; nothing here decides."""

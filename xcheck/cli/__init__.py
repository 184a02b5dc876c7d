"""The command line: one thin module per verb, loaded only when it is called."""

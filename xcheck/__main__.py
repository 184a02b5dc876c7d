"""`python -m xcheck`."""

from xcheck.cli.main import main

main()

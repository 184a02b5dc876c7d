"""What may be behind a case that disagrees: a table of small named causes, one family of them in each file."""

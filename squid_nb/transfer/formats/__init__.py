"""One file for each format that conversations come in."""

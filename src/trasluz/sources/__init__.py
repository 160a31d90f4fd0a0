"""Where data come from. One file, one source."""

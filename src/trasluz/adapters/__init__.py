"""Ways to open foreign models. One file, one kind."""

"""Ways to find directions. One file, one method."""

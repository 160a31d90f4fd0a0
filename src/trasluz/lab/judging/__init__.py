"""What tells how good something is: support, readers, effects, separation, quality."""

"""The loop, which knows Trainable alone."""

"""The loop, which knows Trainable alone: steps, checkpoints, events, stopping and going on."""

"""The vocabulary: errors, randomness, shapes, config. Imports nothing of ours, and torch only inside functions."""

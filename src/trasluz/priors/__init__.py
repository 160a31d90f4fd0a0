"""Distributions on a space to sample from. One file, one method."""

"""Paths from point to point. One file, one rule."""

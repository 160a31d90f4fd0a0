"""Distributions fitted on codes. One file, one method."""

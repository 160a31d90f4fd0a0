"""Figures about items and codes. One file, one metric."""

"""Measures of how alike two spaces are, one a file."""

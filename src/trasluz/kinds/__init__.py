"""Kinds of data, one a file: how items are kept, become tensors, are drawn, travel, and are read and written."""

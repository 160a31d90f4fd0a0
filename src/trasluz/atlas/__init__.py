"""The encoded data set on disk: its rows, neighbours and queries."""

"""Kinds of models that can be opened. One file = one kind, of a folder or of what is in memory."""

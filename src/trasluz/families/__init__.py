"""Kinds of models that can be trained. One file, one family."""

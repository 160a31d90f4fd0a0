"""The only door to disk and network: atomic writes, tensors, media, the workspace and its lock."""

"""The routes, one file a group; each is thin over the lab."""

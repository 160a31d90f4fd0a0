"""Every member of every row that is registered keeps to its contract: what is added is tested without a list."""

from __future__ import annotations

from trasluz.conformance import suite

test_paths = suite("paths")

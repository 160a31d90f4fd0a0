"""`python -m trasluz` is `trasluz`."""

from __future__ import annotations

from trasluz.cli.app import main

if __name__ == "__main__":
    main()

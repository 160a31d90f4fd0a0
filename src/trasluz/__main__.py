"""The console entry point; `python -m trasluz` is `trasluz`."""

from __future__ import annotations

import signal


def main() -> None:
    """Load the command line and carry out what stands on it."""
    mine = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if mine:
        # Until the first module is there that says what Ctrl-C does, and says it in one word.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from trasluz.cli import interrupts

    if mine:
        signal.signal(signal.SIGINT, interrupts.at_once)
    from trasluz.cli.app import main as run

    run()


if __name__ == "__main__":
    main()

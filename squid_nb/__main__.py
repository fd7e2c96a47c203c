"""`squid-nb`, also as `python -m squid_nb`: loads the commands, and takes a Ctrl-C that comes while they load."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run one command and return its exit code."""
    try:
        from .cli import main as run

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())

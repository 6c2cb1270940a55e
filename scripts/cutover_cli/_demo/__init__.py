"""The demo: the whole journey on the example gateway, on this machine, with proof."""

from cutover_cli._demo._journey import Journey

__all__ = ["Journey"]

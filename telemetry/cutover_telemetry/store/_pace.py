"""Working beside threads that serve: short stretches of work, then a moment in which the interpreter is theirs.

A thread that computes keeps the interpreter for five milliseconds at a time, and that is what a request would wait.
"""

import time

STRETCH = 0.0003
REST = 0.0001


class Pace:
    """Rests after each stretch of work; not at all while in a hurry."""

    def __init__(self) -> None:
        self.hurry = False
        self._until = 0.0

    def pause(self) -> None:
        """Rest if the stretch is over."""
        now = time.perf_counter()
        if now < self._until:
            return
        if not self.hurry:
            time.sleep(REST)
            now = time.perf_counter()
        self._until = now + STRETCH

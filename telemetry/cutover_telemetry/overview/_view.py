"""What is looked at: a stretch of time, and if wanted one provider or one site."""

from __future__ import annotations

from dataclasses import dataclass

from cutover_telemetry.store import Window


@dataclass(frozen=True, slots=True)
class View:
    """A window of a store, narrowed to a provider or a site.

    >>> View.last(3600, provider="groq").provider
    'groq'
    """

    window: Window
    provider: str | None = None
    site: str | None = None

    @classmethod
    def last(
        cls, seconds: float, *, provider: str | None = None, site: str | None = None, now: int | None = None
    ) -> View:
        """The last seconds before now (nanoseconds since the epoch, if another now is wanted)."""
        return cls(Window.last(seconds, now=now), provider, site)

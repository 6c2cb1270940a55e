"""Everything the gateway takes from the environment.

Read on access, not at import: the deploy script changes variables before it forks the workers.
"""

import os


class Settings:
    """Environment variables with their defaults."""

    @property
    def upstream_base_url(self) -> str:
        return os.getenv("UPSTREAM_BASE_URL", "http://127.0.0.1:8900").rstrip("/")

    @property
    def upstream_connect_timeout(self) -> float:
        return float(os.getenv("UPSTREAM_CONNECT_TIMEOUT", "5"))

    @property
    def upstream_read_timeout(self) -> float:
        # Longer than anything in PROVIDER_TIMEOUTS, the route is the one who decides
        return float(os.getenv("UPSTREAM_READ_TIMEOUT", "150"))

    @property
    def log_level(self) -> str:
        return os.getenv("LOG_LEVEL", "INFO").upper()

    @property
    def site_url(self) -> str:
        return os.getenv("SITE_URL", "https://gateway.example.com")

    @property
    def site_name(self) -> str:
        return os.getenv("SITE_NAME", "Legacy Gateway")

    def api_key(self, provider: str) -> str:
        """API key of a provider, e.g. GOOGLE_VERTEX_API_KEY for google-vertex."""
        variable = provider.upper().replace("-", "_") + "_API_KEY"
        return os.getenv(variable, "demo-key")


settings = Settings()

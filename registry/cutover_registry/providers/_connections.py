"""What connections have in common, whatever library holds them."""

import urllib.request
from urllib.parse import urlsplit

MOST_CONNECTIONS = 1000
IDLE_SECONDS = 30.0


def proxy_of(base_url: str) -> str | None:
    """Give the proxy that the environment names for a URL (HTTPS_PROXY, NO_PROXY and their like)."""
    parts = urlsplit(base_url)
    proxies = urllib.request.getproxies_environment()
    if urllib.request.proxy_bypass_environment(parts.netloc, proxies):  # type: ignore[attr-defined]
        return None
    found = proxies.get(parts.scheme) or proxies.get("all")
    return found if found is None or "://" in found else f"http://{found}"

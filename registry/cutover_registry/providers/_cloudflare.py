"""Cloudflare Workers AI: the account stands in the URL, and answers of its own API come in an envelope."""

from typing import Any

from cutover_registry.providers._places import Places


class CloudflareDialect(Places):
    """Reads the account, and what the envelope (``success``, ``errors``, ``result``) says of errors and models."""

    def __init__(self) -> None:
        super().__init__("cloudflare-workers-ai", {"account": ("CLOUDFLARE_ACCOUNT_ID", "CF_ACCOUNT_ID")})

    def answer(self, data: dict[str, Any]) -> dict[str, Any]:
        """Have an envelope that says failure seen as one."""
        errors = data.get("errors")
        return {**data, "error": errors[0]} if errors and "choices" not in data else data

    def models(self, data: Any) -> list[str]:
        """Give the names; the ``id`` of an entry is a number of the catalogue, no name."""
        entries = data.get("result") if isinstance(data, dict) else ()
        return [str(entry["name"]) for entry in entries or () if isinstance(entry, dict) and entry.get("name")]

    def error(self, data: Any) -> Any:
        """Give the first of the envelope's errors, or the error of the compatible interface."""
        errors = data.get("errors") if isinstance(data, dict) else None
        return errors[0] if errors else super().error(data)

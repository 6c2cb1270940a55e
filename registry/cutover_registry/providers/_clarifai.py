"""Clarifai: a model's name is the URL of its page, and an error is a ``status`` of Clarifai's own."""

from typing import Any

from cutover_registry.providers._spec import Dialect

SITE = "https://clarifai.com/"


class ClarifaiDialect(Dialect):
    """Writes short names in full, and reads the ``status`` of errors."""

    def body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Put the site before ``user/app/models/model``; other names are left alone."""
        model = body["model"]
        short = "/models/" in model and "://" not in model
        return {**body, "model": SITE + model.lstrip("/")} if short else body

    def error(self, data: Any) -> Any:
        """Give description and details as one message."""
        status = data.get("status") if isinstance(data, dict) else None
        if not isinstance(status, dict):
            return super().error(data)
        told = [str(status[name]) for name in ("description", "details") if status.get(name)]
        return {"message": ": ".join(told), "code": status.get("code")}

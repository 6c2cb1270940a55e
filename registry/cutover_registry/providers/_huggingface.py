"""The router of Hugging Face's inference providers: errors are a text, or an object, or of the provider behind it."""

from typing import Any

from cutover_registry.providers._spec import Dialect


class HuggingFaceDialect(Dialect):
    """Reads the three shapes of errors."""

    def error(self, data: Any) -> Any:
        """Give the text or the object as an error; a list of texts as one."""
        told = super().error(data)
        if isinstance(told, list):
            return {"message": "; ".join(map(str, told))}
        if isinstance(told, str):
            kind = data.get("error_type") if isinstance(data, dict) else None
            return {"message": told, **({"type": kind} if kind else {})}
        return told

"""Dialects that differ in a field or two."""

from typing import Any

from cutover_registry.providers._places import without
from cutover_registry.providers._spec import Dialect


class FlatErrorDialect(Dialect):
    """Errors are ``{"code": text, "error": text}``, at times the common shape."""

    def error(self, data: Any) -> Any:
        """Give both as one object."""
        told = super().error(data)
        flat = isinstance(data, dict) and isinstance(told, str)
        return {"message": told, "code": data.get("code")} if flat else told


class OpenRouterDialect(Dialect):
    """An error that comes once the model has begun stands beside a choice, or in it, under status 200."""

    def answer(self, data: dict[str, Any]) -> dict[str, Any]:
        """Give such an answer as an error: its choices are cut short."""
        told = self.error(data)
        return {"error": told} if told is not data else data

    def chunk(self, data: dict[str, Any]) -> dict[str, Any]:
        """Do the same with a chunk."""
        return self.answer(data)

    def error(self, data: Any) -> Any:
        """Give the error of the whole, or of the first choice that has one."""
        if not isinstance(data, dict):
            return data
        holders = (data, *(each for each in data.get("choices") or () if isinstance(each, dict)))
        return next((each["error"] for each in holders if each.get("error")), data)


class GroqDialect(Dialect):
    """Messages may not have a ``name``; a stream's usage may stand in a field of its own."""

    def body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Leave the name out."""
        return without(body, "name", of="message")

    def chunk(self, data: dict[str, Any]) -> dict[str, Any]:
        """Put the usage where the common dialect has it, if it stands in ``x_groq`` alone."""
        own = data.get("x_groq")
        usage = own.get("usage") if isinstance(own, dict) else None
        return {**data, "usage": usage} if usage and not data.get("usage") else data


class PlainToolsDialect(Dialect):
    """Tools may not say ``strict``."""

    def body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Leave it out."""
        tools = body.get("tools")
        return {**body, "tools": [_plain(tool) for tool in tools]} if isinstance(tools, list | tuple) else body


class FieldErrorDialect(Dialect):
    """Errors of validation are a list: where, and what."""

    def error(self, data: Any) -> Any:
        """Give place and message of the first."""
        details = data.get("detail") if isinstance(data, dict) else None
        if not (isinstance(details, list) and details and isinstance(details[0], dict)):
            return super().error(data)
        first = details[0]
        place = ".".join(str(step) for step in first.get("loc", ()))
        return {"message": f"{place}: {first.get('msg')}" if place else first.get("msg"), "type": first.get("type")}


def _plain(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or "strict" not in function:
        return tool
    return {**tool, "function": {name: value for name, value in function.items() if name != "strict"}}

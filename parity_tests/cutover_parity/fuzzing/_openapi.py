"""Seeds read off an application's own OpenAPI document: one minimal request for each operation that takes a body.

The document is asked for in process, by the path at which the application serves it. Where an operation says nothing
about its body (the application reads it by hand), an OpenAI-shaped one is tried.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from cutover_parity._messages import Json, Request, bytes_from_json
from cutover_parity.cases._cases import Case
from cutover_parity.cases._places import Place
from cutover_parity.cases._script import ANSWER
from cutover_parity.errors import NoOpenApi
from cutover_parity.fuzzing._seeds import Seed, json_request
from cutover_parity.replay._duel import Duel

OPENAPI_PATH = "/openapi.json"
_USUAL_BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
_METHODS = ("post", "put", "patch", "get", "delete")
_DEEPEST = 8
_MOST = 60
_PLAIN: Mapping[str, Json] = {"string": "hi", "integer": 1, "number": 1, "boolean": False, "null": None}


def openapi_seeds(duel: Duel, *, path: str = OPENAPI_PATH) -> tuple[Seed, ...]:
    """Ask the application for its document, give the seeds that it describes; raise NoOpenApi if there is none."""
    legacy, _ = duel.ask(Case("the OpenAPI document", Request("GET", path), ANSWER, "answer"))
    answer = json.loads(legacy.observation)["answer"]
    body = b"".join(bytes_from_json(chunk) for chunk in answer["chunks"])
    if answer["status"] != 200:
        raise NoOpenApi(path, f"it answers {answer['status'] or 'nothing'}")
    try:
        document = json.loads(body)
    except ValueError as error:
        raise NoOpenApi(path, f"its answer is not JSON: {error}") from error
    seeds = seeds_from_openapi(document)
    if not seeds:
        raise NoOpenApi(path, "it lists no operations")
    return seeds


def seeds_from_openapi(document: Json) -> tuple[Seed, ...]:
    """The seeds of a document; operations with a body come first."""
    paths = document.get("paths") if isinstance(document, dict) else None
    found = [
        _Operation(document, path, method, item)
        for path, item in (paths.items() if isinstance(paths, dict) else ())
        for method in _METHODS
        if isinstance(item, dict) and isinstance(item.get(method), dict)
    ]
    found.sort(key=lambda operation: _METHODS.index(operation.method))
    return tuple(islice((seed for operation in found for seed in operation.seeds()), _MOST))


class _Operation:
    def __init__(self, document: Json, path: str, method: str, item: Mapping[str, Json]) -> None:
        self.method = method
        self._document, self._path, self._entry = document, path, item[method]
        both = [*item.get("parameters", ()), *self._entry.get("parameters", ())]
        self._parameters = [self._resolved(parameter) for parameter in both]

    def seeds(self) -> Iterator[Seed]:
        """One seed, or two where a conversation may be streamed."""
        schema = self._schema()
        places = (*self._body_places(schema), *self._parameter_places())
        if self.method not in {"post", "put", "patch"}:
            yield Seed(Request(self.method.upper(), self._url()), places)
            return
        body = self._value(schema) if schema else None
        if not isinstance(body, dict | list) or not body:
            body = _USUAL_BODY
        yield Seed(json_request(self.method.upper(), self._url(), body), places)

    def _schema(self) -> Json:
        content = self._resolved(self._entry.get("requestBody", {})).get("content", {})
        kinds = sorted(content, key=lambda kind: "json" not in kind)
        return self._resolved(content[kinds[0]].get("schema", {})) if kinds else {}

    def _body_places(self, schema: Json) -> Iterator[Place]:
        for name, field in schema.get("properties", {}).items():
            if _is_text(self._resolved(field)):
                yield Place("body", (name,))

    def _parameter_places(self) -> Iterator[Place]:
        for parameter in self._parameters:
            name, where = str(parameter.get("name")), parameter.get("in")
            if not _is_text(self._resolved(parameter.get("schema", {}))):
                continue
            if where == "path" and f"{{{name}}}" in self._path.split("/"):
                yield Place("path", (self._path.split("/").index(f"{{{name}}}"),))
            elif where in {"query", "header"}:
                yield Place(where, (name.lower() if where == "header" else name,))

    def _url(self) -> str:
        path, query = self._path, {}
        for parameter in self._parameters:
            name, value = str(parameter.get("name")), self._value(parameter.get("schema", {}))
            if parameter.get("in") == "path":
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
            elif parameter.get("in") == "query" and parameter.get("required"):
                query[name] = value
        return path + (f"?{urlencode(query)}" if query else "")

    def _resolved(self, schema: Any) -> dict[str, Any]:
        for _ in range(_DEEPEST):
            if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
                break
            target: Any = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
            schema = target
        return schema if isinstance(schema, dict) else {}

    def _value(self, schema: Any, depth: int = 0) -> Json:
        """The least value that the schema allows, as far as one can tell."""
        schema = self._resolved(schema)
        for name in ("example", "const", "default"):
            if schema.get(name) is not None:
                return schema[name]
        for name in ("examples", "enum"):
            if isinstance(schema.get(name), list) and schema[name]:
                return schema[name][0]
        if depth > _DEEPEST:
            return None
        for name in ("anyOf", "oneOf"):
            if schema.get(name):
                return self._value(schema[name][0], depth + 1)
        if schema.get("allOf"):
            return _merged([self._value(part, depth + 1) for part in schema["allOf"]])
        return self._plain(schema, depth)

    def _plain(self, schema: Mapping[str, Any], depth: int) -> Json:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = kind[0] if isinstance(kind, list) and kind else kind
        if kind == "object":
            fields = schema.get("properties", {})
            wanted = [name for name in schema.get("required", ()) if name in fields]
            return {name: self._value(fields[name], depth + 1) for name in wanted}
        if kind == "array":
            return [self._value(schema.get("items", {}), depth + 1)] * int(schema.get("minItems", 0))
        if kind in {"integer", "number"}:
            return schema.get("minimum", _PLAIN[kind])
        text = _PLAIN.get(str(kind), "hi")
        return text.ljust(int(schema.get("minLength", 0)), "x") if isinstance(text, str) else text


def _is_text(schema: Mapping[str, Any]) -> bool:
    kinds = [schema.get("type"), *(part.get("type") for part in schema.get("anyOf", ()) if isinstance(part, dict))]
    return "string" in kinds or schema.get("type") == ["string", "null"]


def _merged(values: list[Json]) -> Json:
    merged: dict[str, Json] = {}
    for value in values:
        merged |= value if isinstance(value, dict) else {}
    return merged or (values[0] if values else None)

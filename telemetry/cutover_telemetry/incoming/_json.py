"""OTLP's JSON: that of protobuf, but for ids, which are hexadecimal digits and not base64.

Fields that this release does not know are ignored, as the specification asks.
"""

import binascii
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from cutover_telemetry.incoming._crowd import MOST_MESSAGES
from cutover_telemetry.incoming._errors import TooMany, Undecodable
from cutover_telemetry.incoming._protobuf import UNREADABLE, from_document

ITEMS = {
    "resourceSpans": ("scopeSpans", "spans"),
    "resourceMetrics": ("scopeMetrics", "metrics"),
    "resourceLogs": ("scopeLogs", "logRecords"),
}
IDS = ("traceId", "spanId", "parentSpanId")

MALFORMED: tuple[type[Exception], ...] = (
    *UNREADABLE,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    OverflowError,
)


def from_json(body: bytes, kind: type[Any]) -> Any:
    """Read a request; raises Undecodable or TooMany."""
    try:
        document = json.loads(body)
        _unhex(document)
        return from_document(document, kind())
    except MALFORMED as exc:
        raise Undecodable("JSON", reason=f"{type(exc).__name__}: {str(exc)[:200]}") from exc


def _unhex(document: Any) -> None:
    for number, item in enumerate(_messages(document), 1):
        if number > MOST_MESSAGES:
            raise TooMany(MOST_MESSAGES)
        _unhex_ids(item)
        for link in item.get("links") or ():
            _unhex_ids(link)


def _messages(document: Any) -> Iterator[Any]:
    for group, (scopes, items) in ITEMS.items():
        for of_resource in document.get(group) or ():
            yield of_resource
            for of_scope in of_resource.get(scopes) or ():
                yield of_scope
                yield from of_scope.get(items) or ()


def _unhex_ids(item: dict[str, Any]) -> None:
    for name in IDS:
        if item.get(name):
            item[name] = b64encode(binascii.unhexlify(item[name])).decode()

"""The few functions of protobuf that are needed, in one place, since it comes without types."""

from typing import Any

from google.protobuf.json_format import MessageToJson, ParseDict, ParseError  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

DEEPEST = 100
UNREADABLE: tuple[type[Exception], ...] = (DecodeError, ParseError)


def to_bytes(message: Any) -> bytes:
    """The binary form."""
    return bytes(message.SerializeToString())


def to_json(message: Any) -> bytes:
    """The JSON form."""
    return str(MessageToJson(message, indent=None)).encode()


def from_document(document: Any, message: Any) -> Any:
    """Fill a message from a JSON document; raises one of UNREADABLE, or what a document of another shape raises."""
    return ParseDict(document, message, ignore_unknown_fields=True, max_recursion_depth=DEEPEST)


def status(message: str) -> Any:
    """Google's message for an answer that is no success."""
    return Status(message=message)

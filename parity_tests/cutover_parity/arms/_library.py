"""The client library that a provider function is written with, and a scripted failure as that library raises it.

At calls depth the function itself is replaced, so its library is read off what its module's names stand for: a model
SDK (it has its own errors for a status, a timeout and a lost connection) before a client library.
"""

import sys
from typing import Any

import httpx

from cutover_parity.cases._script import Step, error_of

_CLIENTS = ("requests", "aiohttp", "httpx2", "httpx")
_SDK_ERRORS = ("APIStatusError", "APITimeoutError", "APIConnectionError")
_BY_STATUS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}


def library_of(function: object) -> str:
    """Give the top-level package of the library whose errors a provider function raises; httpx if it is not known."""
    names: dict[str, Any] = getattr(function, "__globals__", {})
    packages = {_package(value) for value in list(names.values())}
    sdks = sorted(package for package in packages if package and _is_sdk(sys.modules.get(package)))
    return (*sdks, *(name for name in _CLIENTS if name in packages), "httpx")[0]


def error_in(library: str, step: Step, place: str) -> Exception | None:
    """Give the exception with which a step ends a call, or None if it answers."""
    found: Any = sys.modules.get(library)
    plain = error_of(step, httpx.Request("CALL", place))
    if found is None or not isinstance(plain, httpx.HTTPError):
        return plain
    if _is_sdk(found):
        return _sdk_error(found, step, plain)
    made = {"requests": _requests_error, "aiohttp": _aiohttp_error, "httpx2": _httpx_error}.get(library)
    return made(found, step, plain) if made else plain


def _package(value: object) -> str:
    name = getattr(value, "__module__", None) or getattr(value, "__name__", "")
    return name.partition(".")[0] if isinstance(name, str) else ""


def _is_sdk(package: Any) -> bool:
    return all(isinstance(getattr(package, name, None), type) for name in _SDK_ERRORS)


def _sdk_error(sdk: Any, step: Step, plain: httpx.HTTPError) -> Exception:
    transport: Any = sys.modules.get(_transport_of(sdk), httpx)
    request = transport.Request("CALL", str(plain.request.url))
    error: Exception
    if step.kind == "status":
        response = _httpx_response(transport, step, request)
        name = _BY_STATUS.get(step.number, "InternalServerError" if step.number >= 500 else "APIStatusError")
        error = getattr(sdk, name, sdk.APIStatusError)(str(plain), response=response, body=response.json()["error"])
    elif step.kind in {"timeout", "hang"}:
        error = sdk.APITimeoutError(request=request)
    else:
        error = sdk.APIConnectionError(request=request)
    error.__cause__ = _httpx_error(transport, step, plain)
    return error


def _transport_of(sdk: Any) -> str:
    kind = getattr(sdk.APIStatusError, "__annotations__", {}).get("response")
    return kind.partition(".")[0] if isinstance(kind, str) else _package(kind)


def _httpx_error(library: Any, step: Step, plain: httpx.HTTPError) -> Exception:
    request = library.Request("CALL", str(plain.request.url))
    answered = {"response": _httpx_response(library, step, request)} if step.kind == "status" else {}
    error: Exception = getattr(library, type(plain).__name__)(str(plain), request=request, **answered)
    return error


def _httpx_response(library: Any, step: Step, request: Any) -> Any:
    headers = {"retry-after": step.retry_after} if step.retry_after else {}
    data = {"error": {"message": f"scripted {step.number}"}}
    return library.Response(step.number, headers=headers, json=data, request=request)


def _requests_error(library: Any, step: Step, plain: httpx.HTTPError) -> Exception:
    response = None
    if isinstance(plain, httpx.HTTPStatusError):
        response = library.Response()
        response.status_code, response.url = step.number, str(plain.request.url)
        response._content = plain.response.content
        response.headers.update(plain.response.headers)
    names = {"status": "HTTPError", "timeout": "ReadTimeout", "hang": "ReadTimeout"}
    error: Exception = getattr(library.exceptions, names.get(step.kind, "ConnectionError"))(
        str(plain), response=response
    )
    return error


def _aiohttp_error(library: Any, step: Step, plain: httpx.HTTPError) -> Exception:
    error: Exception
    if step.kind == "status":
        url = sys.modules["yarl"].URL(str(plain.request.url))
        asked = library.RequestInfo(url, "CALL", {}, url)
        error = library.ClientResponseError(asked, (), status=step.number, message=str(plain))
    elif step.kind in {"timeout", "hang"}:
        error = library.SocketTimeoutError(str(plain))
    elif step.kind == "connect":
        error = library.ClientConnectionError(str(plain))
    else:
        error = library.ClientOSError(104, str(plain))
    return error

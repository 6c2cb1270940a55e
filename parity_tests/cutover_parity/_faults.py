"""What goes wrong between a client and its upstream, by kind, and what each client library calls it.

One table serves three ends: a failure that was recorded with one library is raised again with another, a scripted
failure is raised as the library's own type, and types of two libraries can be compared (`neutral_type`).
"""

from dataclasses import dataclass

from cutover_parity._messages import Failure

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure and the types that stand for it, the one that is raised first."""

    kind: str
    httpx: str
    aiohttp: tuple[str, ...] = ()
    urllib3: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


FAULTS = (
    Fault(
        "connect timeout", "ConnectTimeout", ("ConnectionTimeoutError",), ("ConnectTimeoutError",), ("ConnectTimeout",)
    ),
    Fault(
        "connect",
        "ConnectError",
        (
            "ClientConnectorError",
            "ClientConnectorDNSError",
            "ClientConnectorSSLError",
            "ClientConnectorCertificateError",
        ),
        ("NewConnectionError", "NameResolutionError", "SSLError"),
        ("ConnectionError", "SSLError"),
        ("ConnectionRefusedError", "gaierror", "SSLError", "SSLCertVerificationError"),
    ),
    Fault(
        "read timeout",
        "ReadTimeout",
        ("SocketTimeoutError", "ServerTimeoutError"),
        ("ReadTimeoutError",),
        ("ReadTimeout",),
        ("TimeoutError", "timeout"),
    ),
    Fault("write timeout", "WriteTimeout"),
    Fault("pool timeout", "PoolTimeout", (), ("EmptyPoolError",)),
    Fault("reset", "ReadError", ("ClientOSError", "ClientConnectionResetError"), (), (), ("ConnectionResetError",)),
    Fault("write", "WriteError", (), (), (), ("BrokenPipeError",)),
    Fault("close", "CloseError"),
    Fault(
        "protocol",
        "RemoteProtocolError",
        ("ClientPayloadError", "ServerDisconnectedError"),
        ("ProtocolError", "IncompleteRead"),
        ("ChunkedEncodingError",),
        ("RemoteDisconnected", "IncompleteRead", "BadStatusLine"),
    ),
    Fault("proxy", "ProxyError", ("ClientProxyConnectionError",), ("ProxyError",), ("ProxyError",)),
)
_STATUS_TYPES = {"aiohttp.ClientResponseError", "requests.HTTPError"}
_SAME_NAMES = {"httpx2": "httpx", "httpcore2": "httpcore"}


def kind_of(failure: Failure) -> str:
    """Give the kind of a recorded failure, whichever library it was recorded with; "other" if it is none of these."""
    name = failure.type.rpartition(".")[2]
    known = _KINDS.get(name)
    return known or ("read timeout" if "Timeout" in name else "other")


def httpx_name(kind: str) -> str:
    """Give the name that httpx, and httpx2, has for a kind."""
    return next((fault.httpx for fault in FAULTS if fault.kind == kind), "ReadError")


def neutral_type(name: str) -> str:
    """Give the name under which an exception type is compared across client libraries: httpx's, where it has one."""
    package, _, rest = name.partition(".")
    if package in _SAME_NAMES:
        return f"{_SAME_NAMES[package]}.{rest}"
    if package not in {"aiohttp", "requests"}:
        return name
    short = f"{package}.{rest.rpartition('.')[2]}"
    return _NEUTRAL.get(short, name)


def _kinds() -> dict[str, str]:
    kinds: dict[str, str] = {}
    for fault in FAULTS:
        for name in (fault.httpx, *fault.aiohttp, *fault.urllib3, *fault.plain, *fault.requests):
            kinds.setdefault(name, fault.kind)
    return kinds


def _neutral() -> dict[str, str]:
    named = {f"aiohttp.{name}": fault.httpx for fault in FAULTS for name in fault.aiohttp}
    named |= {f"requests.{name}": fault.httpx for fault in FAULTS for name in fault.requests}
    named |= dict.fromkeys(_STATUS_TYPES, "HTTPStatusError")
    return {name: f"httpx.{found}" for name, found in named.items()}


_KINDS = _kinds()
_NEUTRAL = _neutral()

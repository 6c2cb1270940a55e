"""Where a state is, and what of that may be shown: never a password, whatever part of the URL it stands in."""

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cutover_rollout.state._errors import InvalidStateUrl

HIDDEN = "***"
SECRET_WORDS = ("pass", "secret", "token")


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed URL; only `shown` may be printed.

    >>> address = parse_address("postgresql://ops:hunter2@db.internal/gateway")
    >>> address.shown, address.scrubbed("hunter2 is wrong")
    ('postgresql://ops@db.internal/gateway', '*** is wrong')
    """

    scheme: str
    shown: str
    url: "Hidden"
    secrets: "Hidden"

    def scrubbed(self, text: object) -> str:
        """The first line of this text, without secrets."""
        words = " ".join(str(text).strip().partition("\n")[0].split())
        for secret in self.secrets.value:
            words = words.replace(secret, HIDDEN)
        return words


class Hidden:
    """A value that does not show itself in a traceback with local variables."""

    __slots__ = ("value",)

    def __init__(self, value: str | tuple[str, ...]) -> None:
        self.value = value

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return self.value if isinstance(self.value, str) else HIDDEN


def parse_address(url: str) -> Address:
    """Take a URL apart; raises InvalidStateUrl, which shows nothing of a URL that cannot be told apart."""
    if not isinstance(url, str) or "://" not in url:
        raise InvalidStateUrl("(not a URL)", "there is no scheme in it")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if parts is None or (parts.scheme != "sqlite" and _is_torn(parts)):
        raise InvalidStateUrl(
            f"{url.partition('://')[0]}://{HIDDEN}",
            "its host cannot be told from its password; write / ? # @ and : in a password as %2F %3F %23 %40 and %3A",
        )
    user, _, hosts = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    shown = f"{parts.scheme}://{name}{'@' if name else ''}{hosts}{parts.path}"
    return Address(parts.scheme, shown, Hidden(url), Hidden(_secrets(parts, user)))


def _is_torn(parts: SplitResult) -> bool:
    # A "/" in a password ends what counts as the host: user:pa / ss@host
    hosts = parts.netloc.rpartition("@")[2]
    if "@" in parts.path + parts.fragment:
        return True
    ports = [host.rpartition(":")[2] for host in hosts.split(",") if ":" in host and not host.endswith("]")]
    return not all(port.isdigit() or not port for port in ports)


def _secrets(parts: SplitResult, user: str) -> tuple[str, ...]:
    found = {user.partition(":")[2]}
    for key, value in parse_qsl(parts.query, keep_blank_values=False):
        if any(word in key.lower() for word in SECRET_WORDS):
            found.add(value)
    found |= {unquote(secret) for secret in found}
    return tuple(sorted(filter(None, found), key=len, reverse=True))

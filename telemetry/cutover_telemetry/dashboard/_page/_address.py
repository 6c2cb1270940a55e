"""What the page's address says: the filters and the route that is looked at, as they stand in the URL.

>>> Address(last="1h", provider="near").to(provider=None, site="chat")
'?last=1h&site=chat'
"""

from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

DEFAULT_LAST = "1h"


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters of the page, each as it was written; a time range is `last` or `begin` and `end`."""

    last: str | None = None
    begin: str | None = None
    end: str | None = None
    provider: str | None = None
    site: str | None = None
    route: str | None = None

    def to(self, **changes: str | None) -> str:
        """A link to the same with changes."""
        return replace(self, **changes).query or "?"

    @property
    def query(self) -> str:
        """The query string, with its question mark if there is anything to ask."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        text = urlencode({name: value for name, value in given.items() if value is not None}, errors="replace")
        return "?" + text if text else ""

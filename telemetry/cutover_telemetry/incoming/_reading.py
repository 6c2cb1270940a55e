"""How the spans of others are read: what their arm is called, and which provider a name or an address stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from urllib.parse import urlsplit

from cutover_registry.providers import specs
from cutover_telemetry.incoming._seen import SeenSpan, text
from cutover_telemetry.incoming._spellings import Fact

LEGACY = "legacy"
UNKNOWN = "unknown"
GENERIC = frozenset({"openai", "_other"})
"""What a client for OpenAI's interface says of itself, whosever address it calls."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the receiver was told of the services that send to it.

    Attributes:
        arm: The arm of a span that names none; its resource may, as `cutover.arm`.
        names: What to call a provider, by the name that a span has for it, in lower case.
    """

    arm: str = LEGACY
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def provider(self, span: SeenSpan) -> str:
        """The provider of a call: as it was told to be named, by its address, or as the span has it.

        A gateway of ours says what the provider is called; others have names that differ from version to version.
        """
        said = str(span.facts.get(Fact.PROVIDER, UNKNOWN))
        if Fact.FUNCTION in span.facts:
            return said
        said = said.lower()
        if said in self.names:
            return self.names[said]
        if said in GENERIC or said == UNKNOWN:
            return provider_at(str(span.facts.get(Fact.ADDRESS, ""))) or said
        return said

    def named(self, provider: object) -> str:
        """The provider of this name."""
        said = text(provider).lower()
        return self.names.get(said, said)


def provider_at(address: str) -> str | None:
    """The provider whose interface this host or URL is, if it is one of those that the registry has a client for."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        return None
    return _hosts().get(host or "")


@cache
def _hosts() -> Mapping[str, str]:
    hosts = ((urlsplit(spec.base_url).hostname, name) for name, spec in specs().items() if "{" not in spec.base_url)
    return {host: name for host, name in hosts if host}

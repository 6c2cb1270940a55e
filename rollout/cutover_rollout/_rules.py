"""The state of the switch as values: rules, what they decide, and how a new one joins them. No I/O.

Rules are read in order and the last that matches wins; where none matches, the arm is legacy. A new rule replaces
those that it covers, so that the list stays as short as what it says:

    >>> state = SwitchState((Rule("chat", "near", "registry"), Rule("*", "groq", "registry")))
    >>> state.with_rule(Rule("chat", "*", "legacy")).rules
    (Rule(site='*', provider='groq', arm='registry'), Rule(site='chat', provider='*', arm='legacy'))
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cutover_rollout._errors import UnknownArm, UnknownName

ARMS = ("legacy", "registry")
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the switch: this site and this provider ("*" for every one) are served by this arm."""

    site: str
    provider: str
    arm: str

    def matches(self, site: str, provider: str) -> bool:
        """Whether the rule speaks of this site and provider."""
        return self.site in (EVERY, site) and self.provider in (EVERY, provider)

    def covers(self, other: "Rule") -> bool:
        """Whether the rule speaks of everything that the other one speaks of."""
        return self.matches(other.site, other.provider)

    def overlaps(self, other: "Rule") -> bool:
        """Whether there is a site and provider of which both rules speak."""
        return _meet(self.site, other.site) and _meet(self.provider, other.provider)

    def as_json(self) -> dict[str, str]:
        """The rule as it stands in the file."""
        return {"site": self.site, "provider": self.provider, "arm": self.arm}


@dataclass(frozen=True, slots=True)
class SwitchState:
    """All rules, the last that matches wins."""

    rules: tuple[Rule, ...] = ()

    def arm(self, site: str, provider: str) -> str:
        """The arm that serves this provider at this site."""
        return next((rule.arm for rule in reversed(self.rules) if rule.matches(site, provider)), "legacy")

    def with_rule(self, rule: Rule) -> "SwitchState":
        """The state after this rule; itself where the rules say so already."""
        kept = tuple(old for old in self.rules if not rule.covers(old))
        last = next((old for old in reversed(kept) if old.overlaps(rule)), None)
        if last is not None and last.covers(rule) and last.arm == rule.arm:
            return self if kept == self.rules else SwitchState(kept)
        after = (*kept, rule)
        return self if after == self.rules else SwitchState(after)


def checked_rule(
    arm: str, *, site: str, provider: str, known_sites: Iterable[str] = (), known_providers: Iterable[str] = ()
) -> Rule:
    """The rule of these names; UnknownArm or UnknownName where one is none (an empty list of known names knows all)."""
    if arm not in ARMS:
        raise UnknownArm(arm, arms=ARMS)
    _check_name("site", site, tuple(known_sites))
    _check_name("provider", provider, tuple(known_providers))
    return Rule(site, provider, arm)


def _check_name(kind: str, name: object, known: tuple[str, ...]) -> None:
    if not isinstance(name, str) or not name:
        raise UnknownName(kind, name, known=known)
    if known and name != EVERY and name not in known:
        raise UnknownName(kind, name, known=known)


def _meet(one: str, other: str) -> bool:
    return EVERY in (one, other) or one == other

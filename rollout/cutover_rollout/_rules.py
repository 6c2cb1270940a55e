"""The state of the switch as values: rules, what they decide, and how a new one joins them. No I/O.

Rules are read in order and the last that speaks of a route wins; where none does, the arm is legacy. A new rule
replaces those that it covers, so that the list stays as short as what it says:

    >>> state = SwitchState((Rule("chat", "near", "registry"), Rule("*", "groq", "registry")))
    >>> state.with_rule(Rule("chat", "*", "legacy")).rules
    (Rule(site='*', provider='groq', arm='registry'), Rule(site='chat', provider='*', arm='legacy'))
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cutover_registry import InvalidSwitch, SwitchRule, SwitchSnapshot
from cutover_rollout._errors import InvalidRule, UnknownArm, UnknownName

ARMS = ("legacy", "registry")
EVERY = "*"
BY_ROUTE = "by route"


@dataclass(frozen=True, slots=True, repr=False)
class Rule:
    """One line of the switch: this site and this provider ("*" for every one) are served by this arm.

    Attributes:
        site: A site's name, or "*".
        provider: A provider's name, or "*".
        arm: What serves every route; None where `share` says it.
        share: From 0 to 1: this share of the routes that have a key goes to the registry arm, all others to legacy.
        tenant: The rule speaks of this tenant's routes alone; None for all.
        header: It speaks of routes with this header alone, its name in lower case and its value; None for all.
    """

    site: str
    provider: str
    arm: str | None = None
    share: float | None = None
    tenant: str | None = None
    header: tuple[str, str] | None = None

    def __repr__(self) -> str:
        said = ((each.name, getattr(self, each.name)) for each in fields(self))
        return f"Rule({', '.join(f'{name}={value!r}' for name, value in said if value is not None)})"

    @property
    def conditional(self) -> bool:
        """Whether it speaks of some routes alone."""
        return self.tenant is not None or self.header is not None

    def matches(self, site: str, provider: str) -> bool:
        """Whether the rule speaks of this site and provider."""
        return self.site in (EVERY, site) and self.provider in (EVERY, provider)

    def covers(self, other: "Rule") -> bool:
        """Whether the rule speaks of everything that the other one speaks of."""
        same_tenant = self.tenant in (None, other.tenant)
        return self.matches(other.site, other.provider) and same_tenant and self.header in (None, other.header)

    def overlaps(self, other: "Rule") -> bool:
        """Whether there is a site, a provider and a route of which both rules may speak."""
        places = _meet(self.site, other.site) and _meet(self.provider, other.provider)
        return places and (None in (self.tenant, other.tenant) or self.tenant == other.tenant)

    def says_as(self, other: "Rule") -> bool:
        """Whether both say the same of what they speak of."""
        return (self.arm, self.share) == (other.arm, other.share)

    def as_json(self) -> dict[str, Any]:
        """The rule as it stands in the file."""
        return self.for_workers().to_json()

    def for_workers(self) -> SwitchRule:
        """The rule as workers have it; raises InvalidSwitch where it is none."""
        return SwitchRule(self.site, self.provider, self.arm, self.share, self.tenant, self.header)


@dataclass(frozen=True, slots=True)
class SwitchState:
    """All that a switch file says.

    Attributes:
        rules: The last that speaks of a route wins.
        salt: What keys the buckets of routes; "" where there was never a share.
        kill: Everything is on legacy.
        quarantined: Providers that are on legacy at every site.
        rollout: What a controller keeps there for itself.
    """

    rules: tuple[Rule, ...] = ()
    salt: str = ""
    kill: bool = False
    quarantined: tuple[str, ...] = ()
    rollout: Mapping[str, Any] | None = None

    def arm(self, site: str, provider: str) -> str:
        """The arm that serves this provider at this site; "by route" where that differs between routes."""
        decision = self.for_workers().decision(site, provider)
        return BY_ROUTE if not isinstance(decision, bool) else ARMS[decision]

    def for_workers(self) -> SwitchSnapshot:
        """The state as workers have it."""
        rules = tuple(rule.for_workers() for rule in self.rules)
        return SwitchSnapshot(rules, None, self.salt, self.kill, frozenset(self.quarantined))

    def with_rule(self, rule: Rule) -> "SwitchState":
        """The state after this rule; itself where the rules say so already."""
        kept = tuple(old for old in self.rules if not rule.covers(old))
        last = next((old for old in reversed(kept) if old.overlaps(rule)), None)
        if last is not None and last.covers(rule) and last.says_as(rule):
            return self if kept == self.rules else replace(self, rules=kept)
        after = (*kept, rule)
        return self if after == self.rules else replace(self, rules=after)


def checked_rule(rule: Rule, *, known_sites: Iterable[str] = (), known_providers: Iterable[str] = ()) -> Rule:
    """The rule as it will stand in the file (an empty list of known names knows all).

    Raises UnknownArm or UnknownName where it names none, InvalidRule where a share, a tenant or a header is none.
    """
    if rule.share is None and rule.arm not in ARMS:
        raise UnknownArm(rule.arm, arms=ARMS)
    _check_name("site", rule.site, tuple(known_sites))
    _check_name("provider", rule.provider, tuple(known_providers))
    try:
        checked = rule.for_workers()
    except InvalidSwitch as exc:
        raise InvalidRule(rule, exc.problem) from exc
    return replace(rule, header=checked.header)


def _check_name(kind: str, name: object, known: tuple[str, ...]) -> None:
    if not isinstance(name, str) or not name:
        raise UnknownName(kind, name, known=known)
    if known and name != EVERY and name not in known:
        raise UnknownName(kind, name, known=known)


def _meet(one: str, other: str) -> bool:
    return EVERY in (one, other) or one == other

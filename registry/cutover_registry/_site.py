"""The hot path: one place in the code where a provider name chooses code, and the question which arm it takes.

A site's table, its `_decisions` and its `_on` are replaced as a whole by writers and only read here: no lock, no input
or output. `_on` has the keys whose arm is the same for every route; a dict hit is what the legacy chain would have
found, for any subject whose hash agrees with its equality. A miss asks `_decisions`, which has every key: it is final
for a plain `str`; any other subject is then compared key by key, as the chain did.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from weakref import WeakSet

from cutover_registry._bound import BoundProvider
from cutover_registry._by_route import Both, ByRoute
from cutover_registry._faults import count_fault
from cutover_registry._matching import equal_key, matching_key
from cutover_registry._route import ROUTE
from cutover_registry._site_config import SiteConfig
from cutover_registry._switch import SwitchSnapshot
from cutover_registry._switch_rule import check_arm
from cutover_registry._typing import Any
from cutover_registry._writing import WRITING
from cutover_registry.errors import UnknownProvider


class Site:
    """One site in one module: its own table of providers and its own default.

    Made by `ProviderRegistry.bind` and `ProviderRegistry.site`. Lookup is exact, as the legacy chain compared.

    Attributes:
        name: The site's name in SITES.
        slots: The slots that its template reads.

    >>> from cutover_registry import ProviderRegistry
    >>> registry = ProviderRegistry.from_mapping({
    ...     "SITES": {"chat": {"slots": ["make_request"], "default": "openrouter"}},
    ...     "PROVIDER_CONFIGS": {
    ...         "near": {"sites": ["chat"], "slots": {"make_request": "json:dumps"}},
    ...         "openrouter": {"sites": [], "slots": {"make_request": "json:loads"}},
    ...     },
    ... })
    >>> CHAT = registry.site("chat")
    >>> CHAT.keys(), "near" in CHAT, "openrouter" in CHAT, "NEAR" in CHAT, None in CHAT
    (('near',), True, False, False, False)
    >>> CHAT.resolve("near").name, CHAT.resolve("anything else").name
    ('near', 'openrouter')
    """

    __slots__ = ("__weakref__", "_decisions", "_default", "_on", "_table", "binding", "name", "slots")

    def __init__(self, config: SiteConfig, *, binding: Any) -> None:
        self.name = config.name
        self.slots = config.slots
        self.binding = binding
        self._table: dict[str, BoundProvider] = {}
        self._default: BoundProvider | None = None
        self._decisions: dict[str, bool | ByRoute | Both] = {}
        self._on: dict[str, bool] = {}

    def __contains__(self, key: object) -> bool:
        try:
            if key in self._table:
                return True
        except Exception:  # noqa: BLE001  it cannot be hashed; the comparisons decide
            return equal_key(key, self._table) is not None
        return type(key) is not str and equal_key(key, self._table) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __repr__(self) -> str:
        return f"<Site {self.name!r}: {', '.join(self._table) or 'no providers'}>"

    def resolve(self, key: object) -> BoundProvider:
        """Return the provider of a key; of the default for a key that is not in the table.

        Raises:
            UnknownProvider: For such a key where the site has no default that fills its slots.
        """
        try:
            return self._table[key]  # type: ignore[index]
        except Exception:  # noqa: BLE001  not in the table, or it cannot be hashed
            return self._otherwise(key)

    def keys(self) -> tuple[str, ...]:
        """Return the keys of the table, in order."""
        return tuple(self._table)

    def fill(self, table: Mapping[str, BoundProvider], default: BoundProvider | None) -> None:
        """Take a new table and default; the caller holds the writers' lock."""
        self._table = dict(table)
        self._default = default
        self.switch_over()

    def switch_over(self) -> None:
        """Take the present switch; the caller holds the writers' lock."""
        switch = STATE.snapshot
        self._decisions = {key: switch.decision(self.name, key) for key in self._table}
        asked = self._decisions if not WATCH.watchers else {}
        self._on = {key: said for key, said in asked.items() if isinstance(said, bool)}

    def _otherwise(self, key: object) -> BoundProvider:
        table, default = self._table, self._default
        match = matching_key(key, table)
        if match is not None:
            return table[match]
        if default is None:
            raise UnknownProvider(key, table, site=self.name) from None
        return default


class _State:
    """The switch of this process, and its parts.

    Attributes:
        filed: What the switch file says.
        followed: What `follow_switch` was given; it goes before the file.
        environment: The arm that ``CUTOVER_ARM`` holds.
        holding: The arm that `hold_arm` holds.
        local: What the kill file, the quarantine file and the kill signal of this machine say.
        snapshot: All of them together.
    """

    __slots__ = ("environment", "filed", "followed", "holding", "local", "snapshot")

    def __init__(self) -> None:
        self.filed = SwitchSnapshot()
        self.followed: SwitchSnapshot | None = None
        self.environment: str | None = None
        self.holding: str | None = None
        self.local = SwitchSnapshot()
        self.snapshot = SwitchSnapshot()

    def together(self) -> SwitchSnapshot:
        """Return the switch as it is in force: kill and quarantine go before everything but `hold_arm`."""
        said = self.filed if self.followed is None else self.followed
        if self.holding is not None:
            return SwitchSnapshot(said.rules, self.holding, said.salt)
        return SwitchSnapshot(
            said.rules,
            self.environment,
            said.salt,
            kill=said.kill or self.local.kill,
            quarantined=said.quarantined | self.local.quarantined,
            within=said.within,
        )


Watcher = Callable[[Site, str, bool], None]


class _Watch:
    """Who is told of every decision; while there is anybody, no site answers from `_on`."""

    __slots__ = ("watchers",)

    def __init__(self) -> None:
        self.watchers: tuple[Watcher, ...] = ()


WATCH = _Watch()
STATE = _State()
SITES: WeakSet[Site] = WeakSet()


def use_registry(site: Site, key: object) -> bool:
    """Tell whether a key takes the registry arm: it is in the site's table and the switch has it on.

    A failure in here, a subject's own ``__eq__`` included, means the legacy arm, and is counted in `fault_counts`.

    >>> from cutover_registry import ProviderRegistry
    >>> tables = {"SITES": {"chat": {"slots": []}}, "PROVIDER_CONFIGS": {"near": {"sites": ["chat"]}}}
    >>> CHAT = ProviderRegistry.from_mapping(tables).site("chat")
    >>> with hold_arm("registry"):
    ...     use_registry(CHAT, "near"), use_registry(CHAT, "nobody")
    (True, False)
    """
    try:
        return site._on[key]  # type: ignore[index]
    except Exception:  # noqa: BLE001  not in the table, or it cannot be hashed
        return _in_doubt(site, key)


def _in_doubt(site: Site, key: object) -> bool:
    try:
        match = key if type(key) is str else equal_key(key, site._table)
        said = site._decisions.get(match, False)  # type: ignore[arg-type]
        on = said if said is True or said is False else said.on(ROUTE.get())
        if WATCH.watchers and match in site._table:
            _tell(site, match, on)
        return on
    except Exception:  # noqa: BLE001  the legacy arm is the answer to every doubt
        count_fault("use_registry")
        return False


def _tell(site: Site, key: Any, on: bool) -> None:
    for watcher in WATCH.watchers:
        try:
            watcher(site, key, on)
        except Exception:  # noqa: BLE001  a watcher is a guest
            count_fault("watch_switch")


def current_switch() -> SwitchSnapshot:
    """Return the switch as this process has it now.

    >>> with hold_arm("registry"):
    ...     current_switch().arm("chat", "near")
    'registry'
    """
    return STATE.snapshot


def apply_switch() -> None:
    """Put the parts of `STATE` in force at every site of this process; the caller holds the writers' lock."""
    STATE.snapshot = STATE.together()
    for site in SITES:
        site.switch_over()


def follow_switch(snapshot: SwitchSnapshot | None) -> None:
    """Take a state of the switch from elsewhere than the switch file, which then says nothing; None: the file again.

    The kill file, the quarantine file and the kill signal of this machine count all the same.

    >>> from cutover_registry import SwitchRule
    >>> follow_switch(SwitchSnapshot((SwitchRule(arm="registry"),)))
    >>> current_switch().arm("chat", "near")
    'registry'
    >>> follow_switch(None)
    >>> current_switch().arm("chat", "near")
    'legacy'
    """
    with WRITING:
        STATE.followed = snapshot
        apply_switch()


@contextmanager
def hold_arm(arm: str) -> Iterator[None]:
    """Hold one arm in this process whatever file and environment say, for a test or a comparison.

    Raises:
        InvalidSwitch: When `arm` is neither ``legacy`` nor ``registry``.

    >>> with hold_arm("registry"), hold_arm("legacy"):
    ...     current_switch().held
    'legacy'
    """
    before = STATE.holding
    _hold(check_arm(arm, source="hold_arm"))
    try:
        yield
    finally:
        _hold(before)


def _hold(arm: str | None) -> None:
    with WRITING:
        STATE.holding = arm
        apply_switch()

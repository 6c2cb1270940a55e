"""Any order of registering, replacing, unregistering, aliasing and looking up agrees with plain dicts."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cutover_registry import DuplicateProvider, ProviderConfig, ProviderRegistry, UnknownProvider

NAMES = st.sampled_from(["near", "far", "NEAR", "hug", "google-vertex", "a.b"])
SITES = {
    "chat": {"slots": ["make"], "default": None, "kept": ["hug"]},
    "stream": {"slots": ["make", "stream"], "default": None},
}
FUNCTIONS = {"dumps": "json:dumps", "loads": "json:loads"}


@st.composite
def configs(draw: st.DrawFn) -> ProviderConfig:
    slots = {slot: draw(st.sampled_from([None, *FUNCTIONS.values()])) for slot in ("make", "stream")}
    filled = [name for name, site in SITES.items() if all(slots[slot] for slot in site["slots"])]
    sites = draw(st.one_of(st.none(), st.lists(st.sampled_from(filled), unique=True) if filled else st.just([])))
    return ProviderConfig(
        draw(NAMES),
        timeout=draw(st.sampled_from([None, 5, 120])),
        priority=draw(st.integers(0, 3)),
        sites=sites if sites is None else tuple(sites),
        slots=slots,
    )


def expected_keys(model: dict[str, ProviderConfig], site: str) -> list[str]:
    slots, kept = SITES[site]["slots"], SITES[site].get("kept", [])
    joins = {
        name: (all(config.slots[slot] for slot in slots) if config.sites is None else site in config.sites)
        for name, config in model.items()
    }
    return [name for name in model if joins[name] and name not in kept]


class RegistryModel(RuleBasedStateMachine):
    """The registry beside two dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = ProviderRegistry.from_mapping({"SITES": SITES})
        self.namespace: dict[str, object] = {}
        self.sites = dict(zip(SITES, self.registry.bind(self.namespace, *SITES), strict=True))
        self.model: dict[str, ProviderConfig] = {}
        self.aliases: dict[str, str] = {}

    @rule(config=configs(), replace=st.booleans())
    def register(self, config: ProviderConfig, replace: bool) -> None:
        try:
            self.registry.register(config, replace=replace)
        except DuplicateProvider:
            assert config.name in self.model
            assert not replace
        else:
            assert config.name not in self.model or replace
            self.model[config.name] = config

    @rule(name=NAMES)
    def unregister(self, name: str) -> None:
        try:
            assert self.registry.unregister(name) == self.model.pop(name)
        except UnknownProvider:
            assert name not in self.model

    @rule(alias=NAMES, name=NAMES, replace=st.booleans())
    def alias(self, alias: str, name: str, replace: bool) -> None:
        try:
            self.registry.add_alias(alias, name, replace=replace)
        except DuplicateProvider:
            assert self.aliases[alias] != name
            assert not replace
        else:
            self.aliases[alias] = name

    @rule(alias=NAMES)
    def forget(self, alias: str) -> None:
        self.registry.remove_alias(alias)
        self.aliases.pop(alias, None)

    @rule(name=NAMES)
    def look_up(self, name: str) -> None:
        expected = self.model.get(name) or self.model.get(self.aliases.get(name, name))
        try:
            assert self.registry.get(name) == expected
        except UnknownProvider:
            assert expected is None
        assert self.registry.normalize(name) == self.aliases.get(name, name)
        assert self.registry.get_timeout(name) == ((expected.timeout if expected else None) or 30)

    @rule(name=NAMES)
    def bind_again(self, name: str) -> None:
        namespace: dict[str, object] = {}
        for site, bound in zip(SITES, self.registry.bind(namespace, *SITES), strict=True):
            assert list(bound.keys()) == expected_keys(self.model, site)
            assert (name in bound) == (name in expected_keys(self.model, site))

    @invariant()
    def tables_agree(self) -> None:
        assert len(self.registry) == len(self.model)
        assert self.registry.list_providers() == sorted(self.model, key=lambda name: self.model[name].priority)
        assert self.registry.timeouts() == {n: c.timeout for n, c in self.model.items() if c.timeout is not None}

    @invariant()
    def sites_agree(self) -> None:
        for name, site in self.sites.items():
            assert list(site.keys()) == expected_keys(self.model, name)
            assert list(self.registry.site(name).keys()) == expected_keys(self.model, name)


TestRegistryModel = RegistryModel.TestCase
TestRegistryModel.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

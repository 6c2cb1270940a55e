"""Which arm is on: an immutable snapshot of rules, read from one small JSON file.

The file::

    {"version": 1, "rules": [{"site": "*", "provider": "*", "arm": "registry"},
                             {"site": "chat", "provider": "near", "arm": "legacy"}]}

The last rule that matches decides. No file, or no rule that matches: legacy. A file of a newer version, or a rule with
a field that is not known here, is refused as a whole: half-understood rules could switch on more than was meant.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cutover_registry._events import ARMS, LEGACY
from cutover_registry.errors import InvalidSwitch

VERSION = 1
FILE_VARIABLE = "CUTOVER_SWITCH_FILE"
ARM_VARIABLE = "CUTOVER_ARM"
DEFAULT_FILE = Path(".cutover") / "switch.json"


@dataclass(frozen=True, slots=True)
class SwitchRule:
    """One rule; ``*`` matches every site, or every provider.

    Raises:
        InvalidSwitch: When the arm is neither ``legacy`` nor ``registry``, or a name is no string.

    >>> rule = SwitchRule("chat", arm="registry")
    >>> rule.matches("chat", "near"), rule.matches("responses", "near")
    (True, False)
    """

    site: str = "*"
    provider: str = "*"
    arm: str = LEGACY

    def __post_init__(self) -> None:
        check_arm(self.arm, source="switch rule")
        if not isinstance(self.site, str) or not isinstance(self.provider, str):
            raise InvalidSwitch("switch rule", f"{self} names a site or provider by something else than a string")

    def matches(self, site: str, provider: str) -> bool:
        """Tell whether the rule speaks of that provider at that site."""
        return self.site in ("*", site) and self.provider in ("*", provider)


@dataclass(frozen=True, slots=True)
class SwitchSnapshot:
    """The state of the switch at one moment.

    Attributes:
        rules: In order; the last that matches decides.
        held: The arm that is held whatever the rules say, or None.

    >>> snapshot = SwitchSnapshot((SwitchRule(arm="registry"), SwitchRule("chat", "near", "legacy")))
    >>> snapshot.arm("chat", "groq"), snapshot.arm("chat", "near"), SwitchSnapshot().arm("chat", "groq")
    ('registry', 'legacy', 'legacy')
    """

    rules: tuple[SwitchRule, ...] = ()
    held: str | None = None

    def arm(self, site: str, provider: str) -> str:
        """Return the arm that is on for a provider at a site."""
        if self.held is not None:
            return self.held
        deciding = (rule.arm for rule in reversed(self.rules) if rule.matches(site, provider))
        return next(deciding, LEGACY)

    @classmethod
    def from_text(cls, text: str, *, source: str = "switch") -> "SwitchSnapshot":
        """Read the text of a switch file.

        Raises:
            InvalidSwitch: When it is damaged, of a newer version, or has a rule that is not understood.
        """
        try:
            state = json.loads(text)
        except ValueError as error:
            raise InvalidSwitch(source, f"is not JSON ({error}); write it anew") from error
        if not isinstance(state, Mapping) or not isinstance(state.get("rules"), list):
            raise InvalidSwitch(source, 'is not of the form {"version": 1, "rules": [...]}; write it anew')
        if state.get("version") != VERSION or isinstance(state["version"], bool):
            raise InvalidSwitch(source, f"has version {state.get('version')!r}; this package reads version {VERSION}")
        return cls(tuple(_read_rule(rule, source=source) for rule in state["rules"]))

    def to_text(self) -> str:
        """Return the text of a switch file with these rules (`held` is never written)."""
        return json.dumps({"version": VERSION, "rules": [asdict(rule) for rule in self.rules]}, indent=2) + "\n"


def write_switch(snapshot: SwitchSnapshot, path: Path | None = None) -> Path:
    """Replace the switch file in one step, so that no reader sees half of it; return its path.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_switch(SwitchSnapshot((SwitchRule("chat", "near", "registry"),)), Path(folder) / "switch.json")
    ...     SwitchSnapshot.from_text(path.read_text()).arm("chat", "near")
    'registry'
    """
    target = switch_file() if path is None else path
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_text(snapshot.to_text(), encoding="utf-8")
    draft.replace(target)
    return target


def switch_file() -> Path:
    """Return the absolute path of the switch file: ``CUTOVER_SWITCH_FILE``, else ``.cutover/switch.json`` here.

    >>> switch_file().is_absolute(), switch_file().suffix
    (True, '.json')
    """
    return Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE).absolute()


def held_arm() -> str | None:
    """Return the arm that ``CUTOVER_ARM`` holds, None when it is unset or empty.

    Raises:
        InvalidSwitch: When it is set to anything but ``legacy`` or ``registry``.
    """
    arm = os.environ.get(ARM_VARIABLE) or None
    return arm if arm is None else check_arm(arm, source=ARM_VARIABLE)


def check_arm(arm: object, *, source: str) -> str:
    """Return `arm` when it is one of the two."""
    if not isinstance(arm, str) or arm not in ARMS:
        raise InvalidSwitch(source, f"has arm {arm!r}; write 'legacy' or 'registry'")
    return arm


def _read_rule(rule: object, *, source: str) -> SwitchRule:
    if not isinstance(rule, Mapping) or set(rule) != {"site", "provider", "arm"}:
        raise InvalidSwitch(source, f"has the rule {rule!r}; a rule has site, provider and arm, and nothing else")
    try:
        return SwitchRule(**rule)
    except InvalidSwitch as error:
        raise InvalidSwitch(source, error.problem) from error

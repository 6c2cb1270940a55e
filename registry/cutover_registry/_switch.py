"""Which arm is on: an immutable snapshot of the switch's state, and the small JSON file that it is read from.

The file::

    {"version": 2, "salt": "9f86d081", "rules": [{"site": "*", "provider": "*", "arm": "registry"},
                                                 {"site": "chat", "provider": "near", "share": 0.05}]}

The last rule that speaks of a site, a provider and a route decides. No file, or no such rule: legacy. A file of a newer
version, or with a field that is not known here, is refused as a whole: half-understood rules could switch on more than
was meant.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cutover_registry._bucket import LONGEST_SALT, prepare
from cutover_registry._by_route import Both, ByRoute, both, deciding
from cutover_registry._events import LEGACY, REGISTRY
from cutover_registry._later import Later
from cutover_registry._route import Route
from cutover_registry._switch_document import read_document, to_document
from cutover_registry._switch_rule import SwitchRule, check_arm
from cutover_registry._typing import TYPE_CHECKING
from cutover_registry.errors import InvalidSwitch

if TYPE_CHECKING:
    from pathlib import Path

json, pathlib = Later("json"), Later("pathlib")

FILE_VARIABLE = "CUTOVER_SWITCH_FILE"
ARM_VARIABLE = "CUTOVER_ARM"
DEFAULT_FILE = os.path.join(".cutover", "switch.json")


@dataclass(frozen=True, slots=True)
class SwitchSnapshot:
    """The state of the switch at one moment.

    Attributes:
        rules: In order; the last that speaks of a route decides.
        held: The arm that is held whatever the rules say, or None.
        salt: What keys the buckets of routes: at most 64 bytes of text, not empty where a rule has a share.
        kill: Everything is on the legacy arm, a held arm included.
        quarantined: Providers that are on the legacy arm at every site, whatever else is said.
        within: What the rules take is taken only where this switch has it on, too; None for no such limit.

    Raises:
        InvalidSwitch: When the salt is not what it has to be.

    >>> snapshot = SwitchSnapshot((SwitchRule(arm="registry"), SwitchRule("chat", "near", "legacy")))
    >>> snapshot.arm("chat", "groq"), snapshot.arm("chat", "near"), SwitchSnapshot().arm("chat", "groq")
    ('registry', 'legacy', 'legacy')
    """

    rules: tuple[SwitchRule, ...] = ()
    held: str | None = None
    salt: str = ""
    kill: bool = False
    quarantined: frozenset[str] = frozenset()
    within: SwitchSnapshot | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.salt, str) or len(self.salt.encode("utf-8", "surrogatepass")) > LONGEST_SALT:
            raise InvalidSwitch("switch", f"has a salt that is no text of at most {LONGEST_SALT} bytes")
        if not any(rule.share for rule in self.rules):
            return
        if not self.salt:
            raise InvalidSwitch("switch", 'has a share and no "salt"; write one, and keep it while there are shares')
        prepare()

    def arm(self, site: str, provider: str, route: Route | None = None) -> str:
        """Return the arm that is on for a provider at a site; without a route that of attempts outside of any."""
        decision = self.decision(site, provider)
        on = decision if isinstance(decision, bool) else decision.on(route)
        return REGISTRY if on else LEGACY

    def decision(self, site: str, provider: str) -> bool | ByRoute | Both:
        """Return whether the registry arm is on for a provider at a site, or what decides it route by route."""
        if self.kill or provider in self.quarantined:
            return False
        if self.held is not None:
            return self.held == REGISTRY
        said = deciding([rule for rule in self.rules if rule.matches(site, provider)], salt=self.salt)
        return said if self.within is None else both(said, self.within.decision(site, provider))

    @classmethod
    def from_text(cls, text: str, *, source: str = "switch") -> SwitchSnapshot:
        """Read the text of a switch file.

        Raises:
            InvalidSwitch: When it is damaged, of a newer version, or has a rule that is not understood.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidSwitch(source, f"is not JSON ({error}); write it anew") from error
        return cls.from_document(document, source=source)

    @classmethod
    def from_document(cls, document: Mapping[str, object], *, source: str = "switch") -> SwitchSnapshot:
        """Read the parsed text of a switch file; raises as `from_text`.

        >>> SwitchSnapshot.from_document({"version": 2, "rules": [], "quarantined": ["near"]}).quarantined
        frozenset({'near'})
        """
        try:
            return cls(**read_document(document, source=source))
        except InvalidSwitch as error:
            raise InvalidSwitch(source, error.problem) from error

    def to_text(self) -> str:
        """Return the text of a switch file that says the same (`held` and `within` are never written)."""
        said = to_document(self.rules, salt=self.salt, kill=self.kill, quarantined=self.quarantined)
        text: str = json.dumps(said, indent=2)
        return text + "\n"


def write_switch(snapshot: SwitchSnapshot, path: Path | None = None) -> Path:
    """Replace the switch file in one step, so that no reader sees half of it; return its path.

    >>> import tempfile
    >>> from pathlib import Path
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
    path: Path = pathlib.Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)
    return path.absolute()


def held_arm() -> str | None:
    """Return the arm that ``CUTOVER_ARM`` holds, None when it is unset or empty.

    Raises:
        InvalidSwitch: When it is set to anything but ``legacy`` or ``registry``.
    """
    arm = os.environ.get(ARM_VARIABLE) or None
    return arm if arm is None else check_arm(arm, source=ARM_VARIABLE)

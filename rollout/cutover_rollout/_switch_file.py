"""The switch: which arm serves which site and provider, in a small file that running workers re-read.

One example, everything at a site onto the registry save one provider:

    set_arm(".cutover/switch.json", "registry", site="chat")
    set_arm(".cutover/switch.json", "legacy", site="chat", provider="near")
"""

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cutover_rollout._durable import exclusive, replace_bytes
from cutover_rollout._errors import UnreadableSwitchFile
from cutover_rollout._format import format_state, parse_state
from cutover_rollout._history import record_change
from cutover_rollout._rules import EVERY, Rule, SwitchState, checked_rule

SWITCH_FILE_VARIABLE = "CUTOVER_SWITCH_FILE"
DEFAULT_SWITCH_FILE = Path(".cutover", "switch.json")
KILL_FILE = "kill"
QUARANTINE_FILE = "quarantine"
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class SwitchStatus:
    """What the file at `path` says now; without a file every site and provider is on legacy."""

    path: Path
    exists: bool
    state: SwitchState

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, the last that matches wins."""
        return self.state.rules

    def arm(self, site: str, provider: str) -> str:
        """The arm that serves this provider at this site; "by route" where that differs between routes."""
        return self.state.arm(site, provider)


@dataclass(frozen=True, slots=True)
class SaidHere:
    """What the kill file and the quarantine file beside a switch file say; it goes before all that the switch says.

    Attributes:
        kill: Whether the kill file is there, whatever is in it: everything is on legacy.
        quarantined: The providers in the quarantine file, sorted: they are on legacy at every site.
    """

    kill: bool = False
    quarantined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Switched:
    """The file was rewritten with the rule; `history_problem` says why the history could not be, if so."""

    path: Path
    rule: Rule
    before: SwitchState
    after: SwitchState
    history_problem: str | None = None


@dataclass(frozen=True, slots=True)
class AlreadySo:
    """The file said this before; nothing was written."""

    path: Path
    rule: Rule
    state: SwitchState


def switch_file_path(folder: str | os.PathLike[str] = ".") -> Path:
    """Where workers that run in this folder look: CUTOVER_SWITCH_FILE, else .cutover/switch.json."""
    return Path(folder, os.environ.get(SWITCH_FILE_VARIABLE) or DEFAULT_SWITCH_FILE)


def status(path: str | os.PathLike[str]) -> SwitchStatus:
    """What the file says; a SwitchFileError if there is one that cannot be used."""
    target = Path(path)
    content = _read(target)
    state = SwitchState() if content is None else parse_state(content, path=target)
    return SwitchStatus(target, content is not None, state)


def said_here(path: str | os.PathLike[str]) -> SaidHere:
    """What this machine says beside the switch file at `path`; UnreadableSwitchFile where it cannot be read."""
    beside = Path(path)
    quarantine = _read(beside.with_name(QUARANTINE_FILE)) or b""
    names = {line.strip() for line in quarantine.decode("utf-8", "replace").splitlines()}
    return SaidHere(killed_here(beside), tuple(sorted(names - {""})))


def killed_here(path: str | os.PathLike[str]) -> bool:
    """Whether the kill file lies beside the switch file at `path`, readable or not."""
    return os.path.lexists(Path(path).with_name(KILL_FILE))


def set_arm(
    path: str | os.PathLike[str],
    arm: str,
    *,
    site: str = EVERY,
    provider: str = EVERY,
    tenant: str | None = None,
    header: tuple[str, str] | None = None,
    known_sites: Iterable[str] = (),
    known_providers: Iterable[str] = (),
) -> Switched | AlreadySo:
    """Put this site and provider ("*" for every one) onto this arm; workers follow within a second.

    A tenant or a header (name and value) makes it a rule for routes that have it. Names are checked against the known
    ones where those are given. A symbolic link is followed, the file's mode is kept. Raises UnknownArm, UnknownName,
    InvalidRule, SwitchFileError or SwitchFileBusy, and then nothing was written.
    """
    rule = Rule(site, provider, arm, None, tenant, header)
    return _set(path, checked_rule(rule, known_sites=known_sites, known_providers=known_providers))


def set_share(
    path: str | os.PathLike[str],
    share: float,
    *,
    site: str = EVERY,
    provider: str = EVERY,
    tenant: str | None = None,
    header: tuple[str, str] | None = None,
    known_sites: Iterable[str] = (),
    known_providers: Iterable[str] = (),
) -> Switched | AlreadySo:
    """Put this share, 0 to 1, of the routes that have a key onto the registry arm, all others onto legacy.

    The salt that chooses them is made with the first share and kept, so that who is in at 0.05 is in at 0.25. As
    `set_arm` otherwise.
    """
    rule = Rule(site, provider, None, share, tenant, header)
    return _set(path, checked_rule(rule, known_sites=known_sites, known_providers=known_providers))


def _set(path: str | os.PathLike[str], rule: Rule) -> Switched | AlreadySo:
    target = Path(os.path.realpath(path))
    try:
        with exclusive(target):
            return _set_rule(target, rule)
    except OSError as exc:
        raise UnreadableSwitchFile(target, f"it cannot be written ({_reason(exc)})") from exc


def _set_rule(target: Path, rule: Rule) -> Switched | AlreadySo:
    current = status(target)
    after = current.state.with_rule(rule)
    if after == current.state:
        return AlreadySo(target, rule, after)
    if rule.share and not after.salt:
        after = replace(after, salt=secrets.token_hex(SALT_BYTES))
    replace_bytes(target, format_state(after))
    problem = _record(target, rule, before=current.state, after=after)
    return Switched(target, rule, current.state, after, problem)


def _record(target: Path, rule: Rule, *, before: SwitchState, after: SwitchState) -> str | None:
    # The switch is turned by now: a history that cannot be written must not make that look undone.
    try:
        record_change(target, rule=rule, before=before, after=after)
    except OSError as exc:
        return _reason(exc)
    return None


def _read(target: Path) -> bytes | None:
    try:
        return target.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise UnreadableSwitchFile(target, f"it cannot be read ({_reason(exc)})") from exc


def _reason(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__

"""What a state refuses, each with what was asked, what was there and what to do. No message has a password in it.

RolloutError
└── StateError                `where` is the address, without its password
    ├── InvalidStateUrl       the URL names no state
    ├── MissingExtra          the packages for this kind of URL are not installed
    ├── InvalidDecision       what was to be written cannot be
    ├── VersionConflict       somebody else wrote first
    ├── LeaseLost             the lease under which was written is no longer held
    ├── ForeignState          what is there is somebody else's, it was left as it is
    ├── NewerState            a later release wrote it
    ├── StateRefused          the server answers, and refuses
    └── StateUnreachable      no answer: stopped, cut off, or busy for too long
        └── UncertainWrite    the answer to a write was lost: it may have been written
"""

from cutover_rollout._errors import RolloutError


class StateError(RolloutError):
    """Root of what a state raises on purpose."""

    def __init__(self, where: str, message: str) -> None:
        self.where = where
        super().__init__(f"state {where}: {message}")


class InvalidStateUrl(StateError):
    """The URL cannot be that of a state."""

    def __init__(self, where: str, reason: str) -> None:
        self.reason = reason
        forms = "sqlite:///FILE, postgresql://USER@HOST/DATABASE, redis://HOST/0"
        super().__init__(where, f"{reason}; a state's URL is one of {forms}")


class MissingExtra(StateError):
    """The optional packages of this backend are not there, or cannot be loaded."""

    def __init__(self, where: str, extra: str, *, reason: str) -> None:
        self.extra = extra
        self.reason = reason
        install = f"pip install 'provider-cutover[{extra}]'"
        super().__init__(where, f"the packages for it cannot be loaded ({reason}); {install}")


class InvalidDecision(StateError):
    """A document, name or reason that no state could give back unchanged."""

    def __init__(self, where: str, reason: str) -> None:
        self.reason = reason
        super().__init__(where, f"nothing was written: {reason}")


class VersionConflict(StateError):
    """The state has another version than the decision was made on."""

    def __init__(self, where: str, *, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        was = f"it has version {found}" if found != expected else f"its version {found} is of another beginning"
        super().__init__(where, f"{was}, not the {expected} that was read; read it again and decide anew")


class LeaseLost(StateError):
    """The lease ran out, or was taken by another holder."""

    def __init__(self, where: str, name: str, *, holder: str) -> None:
        self.name = name
        self.holder = holder
        super().__init__(where, f"{holder} no longer holds the lease {name!r}; take it again before deciding")


class ForeignState(StateError):
    """What is there was not written by this package."""

    def __init__(self, where: str, reason: str) -> None:
        self.reason = reason
        super().__init__(where, f"it is not ours: {reason}; name another one, it was left as it is")


class NewerState(StateError):
    """What is there has a form that this release does not know."""

    def __init__(self, where: str, *, found: int, known: int) -> None:
        self.found = found
        self.known = known
        super().__init__(
            where, f"it has form {found}, this release knows those up to {known}; upgrade provider-cutover"
        )


class StateRefused(StateError):
    """There is an answer, and it is no: rights, a read-only replica, a full disk, a damaged file."""

    def __init__(self, where: str, reason: str) -> None:
        self.reason = reason
        super().__init__(where, f"it refuses: {reason}; look at its rights, its disk and whether it may be written")


class StateUnreachable(StateError):
    """There is no answer."""

    def __init__(self, where: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            where, f"no answer: {reason}; workers keep their last state, see that it runs and is reachable"
        )


class UncertainWrite(StateUnreachable):
    """The connection was lost after a write had been sent."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, f"{reason} (the decision may have been written or not; read before deciding again)")

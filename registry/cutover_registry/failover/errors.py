"""What a chain raises on its own account; otherwise the error of an attempt is raised as it came.

CutoverRegistryError
└── FailoverError
    ├── DeadlineExceeded (TimeoutError)   the chain's own deadline passed
    ├── NoProviderLeft                    every provider was skipped, none was tried
    ├── ChainExhausted (ExceptionGroup)   all attempts failed, and all their errors were asked for
    └── InvalidPolicy (ValueError)        an option of the policy is not well formed
"""

from collections.abc import Mapping, Sequence

from cutover_registry.errors import CutoverRegistryError


class FailoverError(CutoverRegistryError):
    """Root of what a chain raises on its own account."""


class DeadlineExceeded(FailoverError, TimeoutError):
    """The deadline over the chain passed; the cause is the last attempt's error, if one had failed.

    Attributes:
        seconds: The deadline.
        tried: The providers that were tried, in order, the one that was under way last.
    """

    def __init__(self, seconds: float, tried: Sequence[str]) -> None:
        self.seconds, self.tried = seconds, tuple(tried)
        super().__init__(
            f"no answer within the chain's deadline of {seconds:g} s; tried: {', '.join(self.tried) or 'none'}"
        )

    def __reduce__(self) -> tuple[type["DeadlineExceeded"], tuple[float, tuple[str, ...]]]:
        return type(self), (self.seconds, self.tried)


class NoProviderLeft(FailoverError):
    """Every provider of the chain was skipped, so that none was tried.

    Attributes:
        reasons: Provider to the reason why it was skipped; empty where the chain names no provider.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        told = "; ".join(f"{name}: {reason}" for name, reason in self.reasons.items())
        super().__init__(
            f"no provider of the chain may be tried now ({told})" if told else "the chain names no provider; give one"
        )

    def __reduce__(self) -> tuple[type["NoProviderLeft"], tuple[dict[str, str]]]:
        return type(self), (self.reasons,)


class ChainExhausted(FailoverError, ExceptionGroup[Exception]):
    """All attempts failed; `exceptions` has their errors in the order of the attempts."""

    tried: tuple[str, ...]

    def __new__(cls, tried: Sequence[str], errors: Sequence[Exception]) -> "ChainExhausted":  # noqa: D102
        self = super().__new__(cls, f"all attempts failed: {', '.join(tried)}", list(errors))
        self.tried = tuple(tried)
        return self

    def __init__(self, *_: object) -> None:
        """Take what `__new__` has taken already."""

    def derive(self, errors: Sequence[Exception]) -> "ChainExhausted":  # type: ignore[override]
        """Make a part of this group."""
        return ChainExhausted(self.tried, errors)

    def __reduce__(self) -> tuple[type["ChainExhausted"], tuple[tuple[str, ...], list[Exception]]]:
        return type(self), (self.tried, list(self.exceptions))


class InvalidPolicy(FailoverError, ValueError):
    """An option of a policy is not well formed.

    Attributes:
        option: Its name.
    """

    def __init__(self, option: str, problem: str) -> None:
        self.option = option
        super().__init__(f"failover policy, {option}: {problem}")

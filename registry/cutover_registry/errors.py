"""What this package refuses, and with which words.

Every error says what was asked, what was there and what to do, and carries the same as attributes::

    CutoverRegistryError
    ├── InvalidEntry (ValueError)          a table, an entry, a slot reference or a site is not well formed
    ├── DuplicateProvider (ValueError)     the name or the alias is taken
    ├── UnknownProvider (LookupError)      no provider of that name, or no such key at a site
    ├── UnknownSite (LookupError)          no site of that name
    ├── ProviderUnavailable (RuntimeError) the provider is known, its import failed
    ├── InvalidSwitch (ValueError)         the switch file, CUTOVER_ARM or CUTOVER_KILL_SIGNAL is not understood
    └── InvalidRouteKey (ValueError)       RouteKeyMiddleware does not understand where to read a key

>>> print(UnknownProvider("nera", ["near", "far"]))
no provider 'nera'; registered are: near, far; add an entry or correct the name
>>> UnknownProvider("nera", ["near", "far"]).known
('near', 'far')
"""

from collections.abc import Iterable


class CutoverRegistryError(Exception):
    """Root of every error that this package raises on its own account."""


class InvalidEntry(CutoverRegistryError, ValueError):
    """A table, an entry, a slot reference or a site is not well formed.

    Args:
        where: What was read, for example ``provider 'near'``.
        problem: What is wrong there and what to write instead.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class DuplicateProvider(CutoverRegistryError, ValueError):
    """The name is taken; both sides are named.

    Args:
        name: The provider's name, or the alias.
        present: What holds the name now.
        offered: What was to take it.
    """

    def __init__(self, name: str, *, present: object, offered: object) -> None:
        super().__init__(
            f"{name!r} is registered already: present is {present}, offered was {offered}; "
            "unregister the first or pass replace=True"
        )
        self.name = name
        self.present = present
        self.offered = offered


class UnknownProvider(CutoverRegistryError, LookupError):
    """No provider of that name, or no such key at a site that has no default.

    Args:
        asked: What was asked for, as it came.
        known: The names that would have been found.
        site: The site that was asked, or None for the registry itself.
    """

    def __init__(self, asked: object, known: Iterable[str], *, site: str | None = None) -> None:
        self.asked = asked
        self.known = tuple(known)
        self.site = site
        there = ", ".join(self.known) or "none"
        if site is None:
            super().__init__(f"no provider {asked!r}; registered are: {there}; add an entry or correct the name")
        else:
            super().__init__(
                f"site {site!r} has no provider {asked!r} and no default that fills its slots; "
                f"in its table are: {there}; add the site to the entry's sites or give the site a default"
            )


class UnknownSite(CutoverRegistryError, LookupError):
    """No site of that name in SITES.

    Args:
        asked: The name that was asked for.
        known: The names in SITES.
    """

    def __init__(self, asked: object, known: Iterable[str]) -> None:
        self.asked = asked
        self.known = tuple(known)
        super().__init__(f"no site {asked!r}; SITES has: {', '.join(self.known) or 'none'}; add it or correct the name")


class ProviderUnavailable(CutoverRegistryError, RuntimeError):
    """The provider is known and its import failed; the import's own error is the cause.

    Args:
        name: The provider.
        reason: The error that its import raised.
    """

    def __init__(self, name: str, reason: BaseException) -> None:
        super().__init__(
            f"provider {name!r} is not available: its import failed with {type(reason).__name__}: {reason}; "
            "mend the module or unregister the provider"
        )
        self.name = name
        self.reason = reason


class InvalidSwitch(CutoverRegistryError, ValueError):
    """The switch file, ``CUTOVER_ARM`` or ``CUTOVER_KILL_SIGNAL`` is not understood.

    Args:
        source: The path of the file, or the name of the variable.
        problem: What is wrong there and what is allowed.
    """

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source = source
        self.problem = problem


class InvalidRouteKey(CutoverRegistryError, ValueError):
    """`RouteKeyMiddleware` does not understand where to read a key.

    Args:
        asked: What it was given.
        problem: What is wrong with it and what to write instead.
    """

    def __init__(self, asked: object, problem: str) -> None:
        super().__init__(f"route key {asked!r}: {problem}")
        self.asked = asked
        self.problem = problem

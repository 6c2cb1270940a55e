"""The globals of one module, and how functions of providers get there: by import, or by the module's own helper."""

from collections.abc import Callable, Iterable, MutableMapping

from cutover_registry._checks import check_name
from cutover_registry._config import ProviderConfig
from cutover_registry._observe import unobserved
from cutover_registry._reference import SlotReference
from cutover_registry._typing import Any
from cutover_registry.errors import InvalidEntry

Load = Callable[[str, list[str]], Any]
LOAD_BY = ("name", "identifier", "module_name")


class Namespace:
    """One module's globals, which of them we put there, and which are `observed` while hooks listen.

    Args:
        names: The globals.
        load: The module's own helper for imports, called as ``load(provider, names)``, or None to import.
        load_by: What the helper is given: the provider's ``name``, ``identifier`` or ``module_name``.
    """

    def __init__(self, names: MutableMapping[str, Any], *, load: Load | None, load_by: str) -> None:
        if load_by not in LOAD_BY:
            raise InvalidEntry("bind, load_by", f"is {load_by!r}; write one of {', '.join(map(repr, LOAD_BY))}")
        if not isinstance(names, MutableMapping):
            raise InvalidEntry("bind, namespace", f"is {type(names).__name__}; pass globals()")
        self.names = names
        self.observed: set[str] = set()
        self._load = load
        self._load_by = load_by
        self._ours: dict[str, dict[str, object]] = {}

    def succeed(self, earlier: "Namespace") -> None:
        """Take over what an earlier execution of the same module put there, so that a reload puts it anew."""
        for provider, names in earlier._ours.items():
            self._ours.setdefault(provider, {}).update(names)

    def missing(self, config: ProviderConfig, references: Iterable[SlotReference]) -> list[SlotReference]:
        """Return the references whose global is not there, or is there from an earlier entry or execution of ours."""
        ours = self._ours.get(config.name, {})
        missing: dict[str, SlotReference] = {}
        for reference in references:
            name = reference.global_name
            if reference.own:
                continue
            if name not in self.names or (name in ours and unobserved(self.names[name]) is ours[name]):
                missing.setdefault(name, reference)
        return list(missing.values())

    def loaded(self, config: ProviderConfig, missing: Iterable[SlotReference]) -> dict[str, object]:
        """Return what the module's helper gives for the missing names; nothing where there is no helper."""
        if self._load is None:
            return {}
        found: dict[str, object] = {}
        for argument, references in self._by_argument(config, missing).items():
            answer = self._load(argument, [str(reference.attribute) for reference in references])
            take = getattr(answer, "get", None) or answer.__getitem__
            found |= {reference.global_name: take(reference.attribute) for reference in references}
        return found

    def put(self, config: ProviderConfig, found: dict[str, object]) -> None:
        """Bind names, and remember that they are ours."""
        self.names.update(found)
        self.observed.difference_update(found)
        self._ours.setdefault(config.name, {}).update(found)

    def _by_argument(self, config: ProviderConfig, missing: Iterable[SlotReference]) -> dict[str, list[SlotReference]]:
        grouped: dict[str, list[SlotReference]] = {}
        by_module = self._load_by == "module_name"
        for reference in missing:
            if reference.attribute is None or not (by_module or reference.module == config.module_name):
                continue
            argument = reference.module if by_module else getattr(config, self._load_by)
            grouped.setdefault(check_name(argument, where="bind, load_by"), []).append(reference)
        return grouped

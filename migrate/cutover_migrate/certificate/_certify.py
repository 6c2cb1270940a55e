"""The door's one function: from bytes to a certificate. Nothing is imported, nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cutover_migrate.certificate._config import Config, ConfigRefused, read_config
from cutover_migrate.certificate._gaps import Gap, Ledger
from cutover_migrate.certificate._generated import loader_faults, registry_faults
from cutover_migrate.certificate._handlers import handler_faults, own_slots
from cutover_migrate.certificate._imports import module_gaps
from cutover_migrate.certificate._records import Certificate, Difference, FileBinding, Stage, digest
from cutover_migrate.certificate._runtime import RUNTIME, of_runtime, runtime_faults
from cutover_migrate.certificate._survey import Survey, survey
from cutover_migrate.certificate._syntax import parsed
from cutover_migrate.certificate._tables import site_table
from cutover_migrate.certificate._texts import Definitions
from cutover_migrate.certificate._walk import Walk
from cutover_migrate.errors import BadInput


def certify(
    *,
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    config: bytes,
    config_module: str,
    stage: Stage,
    import_root: str = "",
    runtime: str = RUNTIME,
    definitions: Mapping[str, bytes] = MappingProxyType({}),
) -> Certificate:
    """Prove that the files say the same before and after, or name where they part.

    Args:
        before: Legacy bytes by path from the project root (`/` between the parts).
        after: Bytes on disk now. Paths that are new must be generated modules; those that are gone are differences.
        config: Bytes of the generated config module.
        config_module: Its dotted name, as the registry module imports it.
        import_root: Folder (relative, "" for the project's) from which absolute imports resolve.
        runtime: Package that the registry module imports the runtime from; another than the installed one is vendored.
        definitions: Bytes of further files, unchanged by the rewrite, in which constants and enums of keys are defined.
        stage: `applied` (both arms are there) or `finished` (the legacy arm is gone).

    Raises:
        BadInput: When there is no such stage.
    """
    if stage not in {"applied", "finished"}:
        raise BadInput(f"no stage {stage!r}; a certificate is for `applied` or `finished`")
    ledger = Ledger()
    run = _Run(
        before,
        after,
        config,
        config_module,
        stage,
        ledger,
        import_root,
        runtime,
        _known(definitions, before, import_root),
    )
    differences = tuple(run.differences())
    read = sorted(path for path in run.definitions.read if path not in before)
    return Certificate(
        stage=stage,
        config_module=config_module,
        config_sha256=str(digest(config)),
        files=tuple(FileBinding(path, digest(before.get(path)), digest(after.get(path))) for path in run.paths),
        sites=tuple(ledger.proofs[place] for place in sorted(ledger.proofs)),
        differences=differences,
        axioms=tuple(sorted(ledger.axioms, key=lambda axiom: axiom.id)),
        definitions=tuple(FileBinding(path, digest(definitions[path]), digest(definitions[path])) for path in read),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    config: bytes
    config_module: str
    stage: Stage
    ledger: Ledger
    import_root: str
    runtime: str
    definitions: Definitions

    @property
    def paths(self) -> list[str]:
        return sorted({*self.before, *self.after})

    def differences(self) -> Iterator[Difference]:
        config = read_config(self.config)
        if isinstance(config, ConfigRefused):
            for line, reason in config.reasons:
                yield Difference("config", self.config_module, line, reason)
            return
        for rule in config.sites.values():
            faults = (served.fault for served in site_table(config, rule).served.values() if served.fault)
            for fault in faults:
                yield Difference("config", self.config_module, 1, f"site {rule.name!r} must have it, but {fault}")
        modules: dict[str, str] = {}
        for path in self.paths:
            if path in self.before and self.before[path] != self.after.get(path):
                yield from self._changed(path, config, modules)
        if len(modules) > 1:
            yield Difference("registry", next(iter(modules.values())), 1, f"two registry modules: {sorted(modules)!r}")
        created = [path for path in self.paths if path not in self.before]
        vendored = {path: name for path in created if (name := of_runtime(path, self.runtime)) is not None}
        for path in created:
            if path not in vendored:
                yield from self._created(path, set(modules))
        if created and self.runtime != RUNTIME:
            yield from self._vendored(vendored)

    def _changed(self, path: str, config: Config, modules: dict[str, str]) -> Iterator[Difference]:
        if path not in self.after:
            yield Difference("file", path, 1, "the file is gone")
            return
        if not path.endswith((".py", ".pyi", ".pyw")):
            yield Difference("file", path, 1, "the file is no Python, so nothing can be proved about its change")
            return
        try:
            yield from self._compared(path, config, modules)
        except RecursionError:
            yield Difference("syntax", path, 1, "the file is nested too deeply to be compared")

    def _compared(self, path: str, config: Config, modules: dict[str, str]) -> Iterator[Difference]:
        old, new = parsed(self.before[path]), parsed(self.after[path])
        for tree, side in ((old, "legacy"), (new, "new")):
            if isinstance(tree, SyntaxError):
                yield Difference("syntax", path, tree.lineno or 1, f"the {side} file does not compile: {tree.msg}")
        if isinstance(old, ast.Module) and isinstance(new, ast.Module):
            facts = survey(
                path,
                old,
                new,
                config=config,
                config_module=self.config_module,
                stage=self.stage,
                definitions=self.definitions,
                import_root=self.import_root,
            )
            modules.update(dict.fromkeys(facts.registry_modules, path))
            for gap in self._gaps(facts):
                yield Difference(gap.code, path, gap.line or 1, gap.reason, gap.legacy, gap.registry)

    def _gaps(self, facts: Survey) -> Iterator[Gap]:
        if ast.get_docstring(facts.old, clean=False) != ast.get_docstring(facts.new, clean=False):
            yield Gap("docstring", "the module's docstring is another", line=1)
        self.ledger.begin_file()
        walk = Walk(facts, self.ledger)
        yield from walk.gaps()
        slots = own_slots(facts.tables.values())
        for line, reason in handler_faults(facts.nodes, facts.handlers, slots=slots, proved=self.ledger.handlers):
            yield Gap("handler", reason, line=line)
        yield from module_gaps(facts, self.ledger, walk.removals)

    def _created(self, path: str, modules: set[str]) -> Iterator[Difference]:
        if self.after[path] == self.config and path.endswith(_as_path(self.config_module)):
            return
        tree = parsed(self.after[path]) if path.endswith(".py") else None
        if not isinstance(tree, ast.Module):
            yield Difference("file", path, 1, "a new file that is no generated module")
            return
        if not tree.body and path.endswith("__init__.py"):
            return
        is_registry = any(path.endswith(_as_path(module)) for module in modules)
        registry = list(registry_faults(tree, config_module=self.config_module, runtime=self.runtime))
        faults = registry if is_registry or list(loader_faults(tree)) else []
        for line, reason in faults:
            yield Difference("generated", path, line, reason)

    def _vendored(self, vendored: Mapping[str, str]) -> Iterator[Difference]:
        paths = {name: path for path, name in vendored.items()}
        for name, line, reason in runtime_faults({name: self.after[path] for name, path in paths.items()}):
            yield Difference("runtime", paths.get(name, f"{self.runtime}: {name}"), line, reason)


def _known(definitions: Mapping[str, bytes], before: Mapping[str, bytes], import_root: str) -> Definitions:
    return Definitions({**definitions, **before}, import_root=import_root)


def _as_path(module: str) -> str:
    return module.replace(".", "/") + ".py"

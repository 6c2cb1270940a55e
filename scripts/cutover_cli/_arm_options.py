"""The options by which every parity command names its two arms, and the arms that follow from them.

An arm is a folder, a git revision, or the working tree with its switch held; the plan is that of the journal, or, where
nothing was applied, is read off the legacy tree.

Example: ``with open_arms(choice) as arms: replay(arms.legacy, arms.registry, cases, plan=arms.plan)``
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cutover_cli._derived_plan import JOURNAL, derived_plan, migrated_plan
from cutover_cli._inputs import named_root, settled
from cutover_cli._unusable import Unusable
from cutover_migrate import journal_of
from cutover_parity import ArmSpec, PlanError, ReplayPlan, find_hooks, revision_tree, uncommitted

Command = Callable[..., Any]
OPTIONS = (
    click.option("--app", required=True, metavar="APP",
                 help="The application: module:attribute, or module:factory(); ASGI or WSGI."),
    click.option("--root", type=click.Path(path_type=Path, exists=True, file_okay=False),
                 help="The working tree (default: found from here)."),
    click.option("--legacy", metavar="REV|PATH",
                 help="The legacy arm: a folder or a git revision (default: the working tree, held to legacy)."),
    click.option("--registry", metavar="REV|PATH",
                 help="The registry arm: a folder or a git revision (default: the working tree)."),
    click.option("--arm", "side", type=click.Choice(["registry", "legacy", "free"]), default="registry",
                 show_default=True,
                 help="The side to which the registry arm's switch is held; free: as the switch file says."),
    click.option("--hooks", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
                 help="What to stub in both arms (default: cutover_hooks.py, if it is there)."),
    click.option("--python-path", "paths", multiple=True, metavar="FOLDER",
                 help="Folder in both trees that leads the module search path (default: the root)."),
    click.option("--python", metavar="PATH", help="The interpreter of both arms (default: this one)."),
)  # fmt: skip


@dataclass(frozen=True)
class ArmChoice:
    """What was typed about the arms."""

    app: str
    root: Path | None
    legacy: str | None
    registry: str | None
    side: str
    hooks: Path | None
    paths: tuple[str, ...]
    python: str | None


@dataclass(frozen=True)
class Arms:
    """Both arms with the plan of their sites; `notes` are for people: what else one should know of them."""

    legacy: ArmSpec
    registry: ArmSpec
    plan: ReplayPlan
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tree:
    """A tree on disk: how it is called, and whether it is the working tree."""

    root: Path
    name: str = ""
    working: bool = False

    @property
    def migrated(self) -> bool:
        """Whether something was applied to it."""
        return (self.root / JOURNAL).is_file()


def arm_options(command: Command) -> Command:
    """Add the options of the arms; the command gets them as one argument, `arms`, an `ArmChoice`."""

    @functools.wraps(command)
    def with_arms(**given: Any) -> Any:
        chosen = {name: given.pop(name) for name in ArmChoice.__dataclass_fields__}
        return command(arms=ArmChoice(**chosen), **given)

    return functools.reduce(lambda made, option: option(made), reversed(OPTIONS), with_arms)


@contextmanager
def open_arms(choice: ArmChoice) -> Iterator[Arms]:
    """Have both trees on disk while this is open.

    Raises:
        Unusable: There is nothing to compare.
        RevisionRefused: An arm is neither a folder nor a revision.
        PlanError: The journal cannot be read.
    """
    with ExitStack() as stack:
        legacy, registry = (stack.enter_context(_tree(choice, name)) for name in (choice.legacy, choice.registry))
        plan = _plan(choice, legacy, registry)
        hooks = _hooks(choice, legacy, registry)
        side = None if choice.side == "free" else choice.side
        yield Arms(
            _spec(choice, legacy, "legacy", hooks),
            _spec(choice, registry, side, hooks),
            plan,
            tuple(_notes(legacy, registry, hooks)),
        )


@contextmanager
def _tree(choice: ArmChoice, name: str | None) -> Iterator[Tree]:
    if name is None:
        yield Tree(settled(named_root(choice.root)), working=True)
    elif Path(name).is_dir():
        yield Tree(Path(name))
    else:
        with revision_tree(named_root(choice.root), name) as found:
            yield Tree(found.root, found.label)


def _plan(choice: ArmChoice, legacy: Tree, registry: Tree) -> ReplayPlan:
    if legacy.working and registry.working:
        _check_both_arms(legacy.root)
    source = next((tree for tree in (registry, legacy) if tree.migrated), None)
    if source is None and choice.registry is None and choice.legacy is None:
        reason = "there is no such file (--root names the migrated tree, --legacy and --registry any two)"
        raise PlanError(str(registry.root / JOURNAL), reason)
    return derived_plan(legacy.root) if source is None else migrated_plan(source.root)


def _check_both_arms(root: Path) -> None:
    """A finished tree has no legacy arm to compare with: another tree has to be named."""
    journal = journal_of(root)
    if journal is not None and journal.state == "finished":
        raise Unusable(
            f"{root}: finished, so it has no legacy arm to replay against; "
            "name the tree as it was with --legacy (a folder, or a git revision)"
        )


def _hooks(choice: ArmChoice, *trees: Tree) -> Path | None:
    """The hooks file: as typed, else that of the working tree, of here, of one of the arms."""
    if choice.hooks is not None:
        return choice.hooks
    named = [choice.root] if choice.root is not None else []
    return find_hooks([*named, *(tree.root for tree in trees if tree.working), Path(), *(tree.root for tree in trees)])


def _spec(choice: ArmChoice, tree: Tree, side: str | None, hooks: Path | None) -> ArmSpec:
    return ArmSpec(
        tree.root.resolve(),
        choice.app,
        side if tree.migrated else None,
        paths=choice.paths or (".",),
        python=choice.python or sys.executable,
        hooks=None if hooks is None else hooks.resolve(),
        name=tree.name,
    )


def _notes(legacy: Tree, registry: Tree, hooks: Path | None) -> Iterator[str]:
    for arm, tree in (("legacy", legacy), ("registry", registry)):
        changed = uncommitted(tree.root) if tree.working else ()
        if changed:
            shown = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
            yield f"the {arm} arm is the working tree with what is not committed: {len(changed)} files ({shown})"
    if hooks is not None:
        yield f"stubbed by {hooks}"

"""What must hold for every program: rewritten by the real commands, run on both sides, taken back.

A program that breaks a rule raises :class:`Fault`; its ``kind`` names the rule, so that a smaller program can be told
to break the same one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cutover_migrate import (
    AlreadyDone,
    NotCertified,
    NothingFound,
    Options,
    Plan,
    Scan,
    Site,
    apply_plan,
    certified_plan,
    finish_cutover,
    make_plan,
    plan_json,
    scan_paths,
    undo_cutover,
    verify_cutover,
)
from cutover_migrate.certificate import certify
from dispatch_fuzz._execute import NOT_LOADED, Files, Seen, TooLong, limited, observe, patchable
from dispatch_fuzz._program import MAIN, Program
from dispatch_fuzz._world import KEYS

SECONDS = 60.0


class Fault(Exception):
    """A program broke a rule; ``shown`` are texts worth reading beside it."""

    def __init__(self, kind: str, detail: str, shown: dict[str, str] | None = None) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail
        self.shown = shown or {}


@dataclass
class Outcome:
    """What was done with a program's sites."""

    decisions: Counter[str] = field(default_factory=Counter)
    rewritten: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    def add(self, other: Outcome) -> None:
        """Count another program's sites in."""
        for name, counts in vars(other).items():
            getattr(self, name).update(counts)

    def lines(self) -> list[str]:
        """The counts, a line each."""
        return [f"{name}: {dict(counts.most_common())}" for name, counts in vars(self).items()]


def examine(program: Program, root: Path, *, disk: bool = True, certified: bool = True) -> Outcome:
    """Take one program through everything; ``disk`` also scans it again, and runs every command in a folder.

    Without ``certified`` the checker is not asked: what runs is whatever the rewriter writes.

    Raises:
        Fault: A rule is broken.
    """
    with _faults(), limited(SECONDS):
        return _Journey(program, root).run(disk=disk and certified, certified=certified)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except Fault:
        raise
    except TooLong as error:
        raise Fault("too-long", f"no end in {SECONDS} seconds") from error
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = next((frame for frame in reversed(frames) if "cutover_migrate" in frame.filename), frames[-1])
        kind = f"crash {type(error).__name__} in {Path(where.filename).name}:{where.name}"
        raise Fault(kind, "".join(traceback.format_exception(error))) from error


class _Journey:
    def __init__(self, program: Program, root: Path) -> None:
        self.program = program
        self.root = root
        self.keys = keys_of(program)
        self.outcome = Outcome()

    def run(self, *, disk: bool, certified: bool) -> Outcome:
        write(self.root, self.program.files)
        found = self.scanned()
        options = Options(unsafe=True, include=tuple(site.id for site in (*found.sites, *found.near_misses)))
        try:
            plan = certified_plan(found, options) if certified else make_plan(found, options)
        except NothingFound:
            self.count(found, None)
            return self.outcome
        except NotCertified as error:
            said = str(error).partition("\n")[2] or str(error)
            raise Fault(f"not-certified {gist(said)}", str(error), texts(make_plan(found, options))) from error
        self.count(found, plan)
        self.executed(plan)
        if disk:
            self.scanned_again(plan)
            write(self.root, self.program.files)
            self.on_disk(plan)
        return self.outcome

    def scanned(self) -> Scan:
        """A scan in which every chain is taken for provider dispatch."""
        found = scan_paths([self.root], root=self.root)
        every = tuple(site.id for site in (*found.sites, *found.near_misses))
        if any(_passed_over(site) for site in found.sites) or found.near_misses:
            found = scan_paths([self.root], root=self.root, include=every)
        if found.accounting["unaccounted"] or len(found.sites) + len(found.near_misses) != len(every):
            raise Fault("unaccounted", str(found.accounting))
        if found.tree.unread:
            raise Fault("unread", str(found.tree.unread))
        return found

    def count(self, found: Scan, plan: Plan | None) -> None:
        chosen = {site.id for site in plan.sites} if plan is not None else set()
        for site in (*found.sites, *found.near_misses):
            decided = site.decided
            self.outcome.decisions[decided.decision] += 1
            if decided.decision == "refuse":
                self.outcome.refusals.update({reason.code for reason in decided.reasons})
            else:
                (self.outcome.rewritten if site.id in chosen else self.outcome.left_out)[decided.decision] += 1

    def executed(self, plan: Plan) -> None:
        names = patchable(self.program.files, MAIN)
        legacy = observe(self.program.files, MAIN, self.keys, arm="legacy", names=names)
        if not legacy or legacy[0][0] == NOT_LOADED:
            raise Fault("nothing-to-see", str(legacy))
        applied = after(self.program.files, plan, stage="applied")
        finished = after(self.program.files, plan, stage="finished")
        self.untouched(applied)
        shown = texts(plan)
        for stage, files, arm in (
            ("applied", applied, "registry"),
            ("applied", applied, "legacy"),
            ("finished", finished, "registry"),
        ):
            seen = observe(files, MAIN, self.keys, arm=arm, names=names)
            if seen != legacy:
                word = f": {seen[0][0]}" if seen[0][0] == NOT_LOADED else ""
                raise Fault(f"difference {stage} {arm}{word}", first_difference(legacy, seen), shown)

    def untouched(self, applied: Files) -> None:
        """Every line of the legacy file is there still, in order; the first ``if`` of a chain may be an ``elif``."""
        rest = iter(applied[MAIN].splitlines())
        for line in self.program.main.splitlines():
            turned = line.replace(b"if", b"elif", 1)
            if not any(other in (line, turned) for other in rest):
                raise Fault("legacy-line-lost", repr(line), {"applied.py": applied[MAIN].decode()})

    def scanned_again(self, plan: Plan) -> None:
        for change in plan.applied():
            place(self.root, change.path, change.after or b"")
        again = scan_paths([self.root], root=self.root)
        left = sum(self.outcome.left_out.values())
        if len(again.chosen) > left:
            new = ", ".join(f"{site.id}: {site.keys}" for site in again.chosen)
            raise Fault("found-again", new, texts(plan))

    def on_disk(self, plan: Plan) -> None:
        root = self.root
        written = json.loads(json.dumps(plan_json(plan)))
        done = apply_plan(root, written, add_dependency=False)
        if isinstance(done, AlreadyDone):
            raise Fault("not-applied", done.reason)
        self.same(after(self.program.files, plan, stage="applied"), "applied")
        self.verified(plan)
        if not isinstance(apply_plan(root, written, add_dependency=False), AlreadyDone):
            raise Fault("applied-twice", "a second apply wrote something")
        if isinstance(finish_cutover(root), AlreadyDone):
            raise Fault("not-finished", "finish found nothing to do")
        self.same(after(self.program.files, plan, stage="finished"), "finished")
        self.verified(plan)
        undo_cutover(root)
        self.same(dict(self.program.files), "undone")

    def verified(self, plan: Plan) -> None:
        verified = verify_cutover(self.root)
        if not verified.valid:
            raise Fault("not-verified", "\n".join(verified.findings()), texts(plan))
        proved = {proof.site for proof in verified.certificate.sites}
        if not {site.name for site in plan.sites} <= proved:
            raise Fault("not-proved", f"{[site.name for site in plan.sites]} planned, {sorted(proved)} proved")

    def same(self, wanted: Files, word: str) -> None:
        """The folder holds exactly these files."""
        there = {path: data for path, data in read(self.root).items() if not path.startswith(".cutover/")}
        wrong = [path for path in {**there, **wanted} if there.get(path) != wanted.get(path)]
        if wrong:
            raise Fault(f"not-as-planned {word}", ", ".join(sorted(wrong)))


def gist(finding: str) -> str:
    """A finding without its place and names: what tells it from other ones."""
    first = finding.strip().partition("\n")[0]
    return re.sub(r"""'[^']*'|"[^"]*"|`[^`]*`|\S+:\d+:|\d+""", "…", first)[:120]


def _passed_over(site: Site) -> bool:
    """Whether a chain is left alone only since it may be no provider dispatch."""
    return any(reason.code in {"constants-only", "other-dispatch"} for reason in site.decided.reasons)


def keys_of(program: Program) -> tuple[str, ...]:
    """The keys that a program may know."""
    text = program.main.decode()
    known = [key for key in KEYS if key in text or key.replace('"', '\\"') in text]
    names = {"NEAR": "near", "A_B": "a-b", "X_AI": "x.ai", "B_2": "b_2"}
    return tuple(dict.fromkeys([*known, *(key for name, key in names.items() if name in text)]))


def after(files: Files, plan: Plan, *, stage: str) -> dict[str, bytes]:
    """The project's files after a stage."""
    changes = plan.applied() if stage == "applied" else [*plan.applied(), *plan.finished()]
    return {**files, **{change.path: change.after or b"" for change in changes}}


def texts(plan: Plan) -> dict[str, str]:
    """Both stages of the main file, and the table."""
    found = {}
    for name, changes in (("applied.py", plan.applied()), ("finished.py", plan.finished())):
        found[name] = "".join((change.after or b"").decode() for change in changes if change.path == MAIN)
    return {**found, "providers.py": plan.generated[plan.layout.config]}


def first_difference(legacy: Seen, seen: Seen) -> str:
    """Where two lists of observations part."""
    if seen[0][0] == NOT_LOADED:
        return str(seen[0])
    for one, other in zip(legacy, seen, strict=False):
        if one != other:
            parts = [f"\n  legacy: {a}\n  now:    {b}" for a, b in zip(one, other, strict=False) if a != b]
            return f"{one[:5]}{''.join(parts)}"
    return f"{len(legacy)} observations, then {len(seen)}: {seen[-1:]}"


def write(root: Path, files: Files) -> None:
    """Make a folder hold exactly these files."""
    there = read(root)
    shutil.rmtree(root / ".cutover", ignore_errors=True)
    for path in there.keys() - files.keys():
        (root / path).unlink(missing_ok=True)
    for path, data in files.items():
        if there.get(path) != data:
            place(root, path, data)
    for folder, _, _ in os.walk(root, topdown=False):
        if folder != str(root) and not os.listdir(folder):
            os.rmdir(folder)


def place(root: Path, path: str, data: bytes) -> None:
    """Write one file."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(data)


def read(root: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def left_out_alone(program: Program, root: Path) -> Iterator[tuple[str, str]]:
    """For each site that was planned and not certified: what running its rewrite shows."""
    journey = _Journey(program, root)
    write(root, program.files)
    found = journey.scanned()
    options = Options(unsafe=True, include=tuple(site.id for site in (*found.sites, *found.near_misses)))
    every = [site.id for site in found.chosen]
    try:
        excluded = certified_plan(found, options).options.exclude
    except NothingFound:
        excluded = tuple(every)
    legacy = observe(program.files, MAIN, journey.keys, arm="legacy")
    for site in excluded:
        alone = Options(unsafe=True, include=options.include, exclude=tuple(set(every) - {site}))
        plan = make_plan(found, alone)
        verdict = "runs alike"
        for stage, arm in (("applied", "registry"), ("applied", "legacy"), ("finished", "registry")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seen = observe(after(program.files, plan, stage=stage), MAIN, journey.keys, arm=arm)
            if seen != legacy:
                verdict = f"differs {stage} {arm}: {first_difference(legacy, seen)}"
                break
        yield site, f"{verdict}; {_why(plan)}"


def _why(plan: Plan) -> str:
    """The first thing that stands against the certificate of a plan."""
    for stage, changes in (("applied", plan.applied()), ("finished", plan.finished())):
        certificate = certify(
            before={change.path: change.before for change in changes if change.before is not None},
            after={change.path: change.after for change in changes},
            config=plan.generated[plan.layout.config].encode(),
            config_module=plan.layout.config_module,
            import_root=plan.layout.import_root,
            stage=stage,
        )
        if not certificate.valid:
            return f"{stage}: {next(certificate.findings())}"
    return "certified when it stands alone"

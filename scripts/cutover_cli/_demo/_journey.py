"""The steps of the demo in their order, each with its real work and what came out of it.

Example: ``Journey(Console(), Path("cutover-demo"), seed=7).run()``
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.markup import escape

from cutover_cli._console import progress
from cutover_cli._demo._rehearsal import Rehearsal
from cutover_cli._demo._servers import gateway, upstream
from cutover_cli._demo._stage import APP, Stage, tree_bytes
from cutover_cli._demo._traffic import Ask, load, seeds, send
from cutover_cli._demo._views import show_fault, show_replay, show_telemetry
from cutover_cli._migrate_views import show_plan, show_verified
from cutover_cli._plant import plant
from cutover_cli._scan_view import show_scan
from cutover_migrate import (
    Applied,
    apply_plan,
    finish_cutover,
    lines_json,
    make_plan,
    plan_json,
    scan_json,
    scan_paths,
    undo_cutover,
    verify_cutover,
)
from cutover_parity import (
    ArmSpec,
    Case,
    ReplayPlan,
    ReplayReport,
    cases_from,
    read_plan,
    read_recording,
    recording_server,
    replay,
    report_text,
    report_to_json,
)
from cutover_rollout import set_arm
from cutover_rollout.controller import Certified
from cutover_telemetry.overview import View
from cutover_telemetry.report import report_of
from cutover_telemetry.store import Store

HOUR = 3600
REGRESSION = 0.5
ROUNDS = 2
TURNS = 4
SWITCH_PATIENCE = 30.0


class DemoFailed(click.ClickException):
    """A step of the demo did not come out as it must."""


class Journey:
    """One run of the demo."""

    def __init__(self, out: Console, folder: Path, *, seed: int) -> None:
        self.out = out
        self.seed = seed
        self.stage = Stage.make(folder)
        self.environment: dict[str, str] = {}
        self.results: dict[str, Any] = {}
        self.started = time.monotonic()

    def run(self) -> int:
        """Walk all steps; exit code 0 when each came out as it must."""
        steps: list[tuple[str, Callable[[], None]]] = [
            ("scan: what is there", self.scan),
            ("apply: both arms side by side", self.apply),
            ("verify: the certificate", self.verify),
            ("record: traffic of the legacy gateway", self.record),
            ("replay: recorded and generated requests through both arms", self.replay),
            ("a planted fault, to see that the net holds", self.fault),
            ("watch and switch: the running gateway, on one arm and on the other", self.watch),
            ("rollout: a rehearsal in stages, one second for a minute", self.rollout),
            ("finish: the legacy arm goes", self.finish),
            ("undo: byte for byte", self.undo),
        ]
        for number, (title, step) in enumerate(steps, start=1):
            self.out.rule(f"[bold]{number}/{len(steps)}  {title}[/]", align="left")
            step()
            self.out.print()
        self._close()
        return 0

    def scan(self) -> None:
        """Find the sites and plan their rewrite."""
        found = scan_paths([self.stage.gateway / "src"], root=self.stage.gateway)
        show_scan(self.out, found)
        self.results["scan"] = scan_json(found)["accounting"]
        self._must(found.accounting["unaccounted"] == 0, "a chain is not accounted for")

    def apply(self) -> None:
        """Write both arms."""
        found = scan_paths([self.stage.gateway / "src"], root=self.stage.gateway)
        plan = plan_json(make_plan(found))
        self._keep("plan.json", plan)
        show_plan(self.out, plan)
        outcome = apply_plan(self.stage.gateway, plan)
        self._must(isinstance(outcome, Applied), "nothing was applied")
        self.results["lines"] = lines_json(make_plan(found))

    def verify(self) -> None:
        """Certify what is on disk."""
        verified = verify_cutover(self.stage.gateway)
        (self.stage.folder / "certificate.json").write_text(verified.certificate.to_json())
        show_verified(self.out, verified)
        self.results["certificate"] = verified.valid
        self._must(verified.valid, "the certificate is not valid")

    def record(self) -> None:
        """Record a few requests of each kind on the untouched gateway."""
        asks = seeds()
        with upstream(self.stage) as url, httpx.Client(base_url=url) as faults:
            self.environment = {"UPSTREAM_BASE_URL": url, "LOG_LEVEL": "CRITICAL"}
            server = recording_server(APP, root=self.stage.legacy, out=self.stage.recording, env=self.environment)
            with server as base, httpx.Client(base_url=base, timeout=30) as client:
                self._send_all("recording", client, faults, asks)
        count = len(read_recording(self.stage.recording).routes)
        self.out.print(
            f"{count} routes recorded, plain, streamed, failing and failing over: {self._short(self.stage.recording)}"
        )
        self.results["recorded"] = count
        self._must(count == len(asks), f"{len(asks)} requests were sent")

    def replay(self) -> None:
        """Replay at both depths."""
        for depth in ("calls", "http"):
            report = self._replayed(self.stage.gateway, depth=depth)
            show_replay(self.out, report)
            self._keep(f"replay-{depth}.json", report_to_json(report))
            self.results[f"replay_{depth}"] = {"pairs": report.replays, "mismatches": report.counts["mismatch"]}
            self._must(report.clean, report_text(report))

    def fault(self) -> None:
        """Plant a fault in a copy, and have replay find it."""
        planted = plant(self.stage.copy_faulty(), seed=self.seed)
        report = self._replayed(self.stage.faulty, depth="calls")
        show_fault(self.out, planted, report)
        self._keep("replay-fault.json", report_to_json(report))
        certified = verify_cutover(self.stage.faulty).valid
        self.out.print(f"the certificate of that tree: {'valid' if certified else '[green]refused[/]'}")
        self.results["fault"] = {"kind": planted.kind, "caught": not report.clean, "certificate_refused": not certified}
        self._must(not report.clean, "the planted fault was not caught by replay")
        self._must(not certified, "the planted fault was not refused by the certificate")

    def watch(self) -> None:
        """Serve the migrated gateway, and turn the switch while it runs."""
        switch = self.stage.gateway / ".cutover" / "switch.json"
        asks = list(load(ROUNDS))
        with (
            upstream(self.stage) as url,
            gateway(self.stage.gateway, url, switch=switch, store=self.stage.store) as base,
            httpx.Client(base_url=base, timeout=30) as client,
            httpx.Client(base_url=url) as faults,
        ):
            self._send_all("warming up", client, faults, asks)
            for _ in range(TURNS):
                on = self._turned(client, switch, "registry")
                self._send_all("serving on the registry arm", client, faults, asks)
                off = self._turned(client, switch, "legacy")
                self._send_all("serving on the legacy arm", client, faults, asks)
            seen = client.get("/_cutover/telemetry").json()
        show_telemetry(self.out, seen)
        self.out.print(
            f"the running gateway followed the switch: on after {on:.2f} s, off after {off:.2f} s", style="bold"
        )
        self._keep("telemetry.json", seen)
        html = report_of(Store.of(self.stage.store), View.last(HOUR), title="The demo's gateway")
        (self.stage.folder / "report.html").write_text(html, encoding="utf-8")
        self.out.print("as a page: report.html; live: cutover dashboard telemetry.db")
        self.results["switch_seconds"] = {"on": round(on, 2), "off": round(off, 2)}
        self.results["latency_ratio"] = seen["summary"]["ratio"]

    def rollout(self) -> None:
        """Rehearse a rollout with a regression in the registry arm, and one without."""
        for name, failing, wanted in (("regression", REGRESSION, "rolled back"), ("promoted", 0.0, "done")):
            certified = Certified(f"demo-{name}", valid=bool(self.results["certificate"]))
            rehearsal = Rehearsal(self.stage, name, failing=failing, certified=certified)
            with rehearsal.open() as address:
                self.out.print(f"{name}: live at {address}", highlight=False, soft_wrap=True)
                outcome = rehearsal.run()
            for each in outcome.decisions:
                self.out.print(f"  {each['decision']}  {escape(each['why'])}", highlight=False)
            self.out.print(f"[bold]{outcome.phase}[/] after {outcome.requests} requests, {outcome.seconds} s")
            self.results[f"rollout_{name}"] = asdict(outcome)
            self._must(outcome.phase == wanted, f"the rollout was to end {wanted}: {outcome.why}")

    def finish(self) -> None:
        """Take the legacy arm out, and replay what is left against the untouched gateway."""
        finish_cutover(self.stage.gateway)
        lines = self.results["lines"]
        share = f"{lines['share_gone']:.0%}"
        self.out.print(
            f"{lines['gone']} of {lines['sites_and_blocks']} lines gone ({share}); what is left is certified"
        )
        report = self._replayed(self.stage.gateway, depth="calls", side=None)
        show_replay(self.out, report)
        self._must(report.clean, report_text(report))

    def undo(self) -> None:
        """Take everything back."""
        undo_cutover(self.stage.gateway)
        same = tree_bytes(self.stage.gateway) == tree_bytes(self.stage.legacy)
        self.out.print("every file is as it was, byte for byte" if same else "[red]a file differs[/]")
        self.results["undone"] = same
        self._must(same, "undo left a difference")

    def _replayed(self, root: Path, *, depth: str, side: str | None = "registry") -> ReplayReport:
        plan, cases = self._cases(root)
        with progress(f"replaying at {depth} depth", len(cases)) as done:
            return replay(
                ArmSpec(self.stage.legacy, APP, env=self.environment),
                ArmSpec(root, APP, side, env=self.environment),
                cases,
                depth="http" if depth == "http" else "calls",
                plan=plan,
                progress=done,
            )

    def _cases(self, root: Path) -> tuple[ReplayPlan, tuple[Case, ...]]:
        plan = read_plan(root / ".cutover" / "journal.json")
        return plan, cases_from([read_recording(self.stage.recording)], plan)

    def _send_all(self, text: str, client: httpx.Client, faults: httpx.Client, asks: list[Ask]) -> None:
        with progress(text, len(asks)) as done:
            for number, ask in enumerate(asks, start=1):
                send(client, ask, upstream=faults)
                done(number)

    def _turned(self, client: httpx.Client, switch: Path, arm: str) -> float:
        """Turn the switch; the seconds until a request is served by that arm."""
        turned = time.monotonic()
        set_arm(switch, arm)
        probe = seeds()[0]
        while time.monotonic() - turned < SWITCH_PATIENCE:
            client.post(probe.path, json=probe.body)
            if client.get("/_cutover/telemetry").json()["latest_arm"] == arm:
                return time.monotonic() - turned
        raise DemoFailed(f"the running gateway did not follow the switch to {arm} within {SWITCH_PATIENCE:g} s")

    def _keep(self, name: str, data: Any) -> None:
        (self.stage.folder / name).write_text(json.dumps(data, indent=2) + "\n")

    def _short(self, path: Path) -> str:
        return escape(path.relative_to(self.stage.folder.parent).as_posix())

    def _must(self, held: bool, text: str) -> None:
        if not held:
            raise DemoFailed(text)

    def _close(self) -> None:
        self.results["seconds"] = round(time.monotonic() - self.started, 1)
        self._keep("summary.json", self.results)
        self.out.rule("[bold green]all as it must be[/]", align="left")
        where = escape(str(self.stage.folder))
        self.out.print(f"{self.results['seconds']} s; what it made is in {where}", soft_wrap=True)

import contextlib

import httpx
import pytest

from cutover_parity import ArmSpec, cases_from, read_recording, recording_server, replay, report_text

STYLES = ["lanes", "wharf", "mill"]


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("depth", ["calls", "http"])
def test_two_copies_of_one_tree_never_differ(gateway, name, depth):
    ours = gateway(name)
    report = ours.replay(ours.copy("registry"), depth=depth)
    assert report.clean, report_text(report)
    assert report.replays > 40


def test_a_real_recording_replays_without_a_mismatch_at_both_depths(gateway, upstream, tmp_path):
    ours = gateway("lanes")
    legacy, env = ours.copy("legacy"), {"LANES_UPSTREAM": upstream}
    out = tmp_path / "real.jsonl"
    with recording_server(ours.app, root=legacy, out=out, env=env) as base:
        for backend in ("ash", "birch", "cedar"):
            for stream in (False, True):
                body = {"backend": backend, "messages": [], "model": "m", "stream": stream}
                with contextlib.suppress(httpx.RemoteProtocolError):
                    httpx.post(f"{base}/v1/talk", json=body)
    cases = cases_from([read_recording(out)], ours.plan, generate=False)
    assert len(cases) == 6
    for depth in ("calls", "http"):
        arms = ArmSpec(legacy, ours.app, env=env), ArmSpec(ours.copy(f"registry-{depth}"), ours.app, env=env)
        report = replay(*arms, cases, depth=depth, plan=ours.plan)
        assert report.clean, report_text(report)

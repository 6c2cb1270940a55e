import json

import pytest

from cutover_parity import ArmSpec, cases_from, dump_report, html_report, junit_report, replay, report_text

KEYS = ["sk-lanes-0123456789abcdef0123", "correct-horse-battery-staple"]
LEAKS = {
    "http": ("lanes/backends/wire.py", 'f"{UPSTREAM}/{name}/chat"', 'f"{UPSTREAM}/{name}/chat?api_key={KEY}"'),
    "calls": ("lanes/routes/talk.py", "failure = None\n", 'failure = None\n    options["api_key"] = KEY\n'),
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("depth", LEAKS)
def test_no_report_shows_a_key_that_an_arm_leaks(gateway, depth, key):
    ours = gateway("lanes")
    file, old, new = LEAKS[depth]
    tree = ours.planted(file, old, new)
    source = tree / file
    source.write_text(
        source.read_text().replace("import json\n", 'import json\nimport os\n\nKEY = os.environ["LANES_KEY"]\n', 1)
    )
    arms = [ArmSpec(root, ours.app, env={"LANES_KEY": key}) for root in (ours.copy("legacy"), tree)]
    report = replay(
        *arms, tuple(cases_from([ours.recording()], ours.plan, generate=False)), depth=depth, plan=ours.plan
    )
    assert report.mismatches
    shown = [
        report_text(report),
        dump_report(report),
        html_report(report, title="t", version="1"),
        junit_report(report),
    ]
    assert "api_key" in shown[0]
    for text in shown:
        assert key not in text
        assert json.dumps(key)[1:-4] not in text

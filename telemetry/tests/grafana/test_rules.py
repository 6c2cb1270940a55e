"""Rule files are YAML that says what the records say; writing them again changes nothing."""

import pytest
import yaml

from cutover_telemetry.grafana import grafana_files, rule_files, rules, write_files
from cutover_telemetry.names import DIALECTS, V1_41


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_the_files_say_what_the_rules_are(dialect):
    made = rules(dialect)
    files = {name: yaml.safe_load(text) for name, text in rule_files(dialect).items()}
    (recording,) = files["cutover-recording.rules.yml"]["groups"]
    assert [(each["record"], each["expr"]) for each in recording["rules"]] == [
        (each.record, each.expression) for each in made.recordings
    ]
    (alerts,) = files["cutover-alerts.rules.yml"]["groups"]
    assert [(each["alert"], each["expr"], each["for"]) for each in alerts["rules"]] == [
        (each.name, each.expression, each.hold) for each in made.alerts
    ]
    for rule, alert in zip(alerts["rules"], made.alerts, strict=True):
        assert rule["labels"] == {"severity": alert.severity}
        assert rule["annotations"] == {"summary": alert.summary, "description": alert.description}


def test_no_rule_has_a_variable_of_a_dashboard():
    made = rules(V1_41)
    assert not any("$" in each.expression for each in (*made.recordings, *made.alerts))


def test_the_range_and_the_hold_can_be_other_ones():
    made = rules(V1_41, over="1h", hold="7m")
    assert all("[1h]" in each.expression for each in made.recordings)
    assert {alert.hold for alert in made.alerts} == {"7m", "0s"}
    assert made.recordings[0].record == "provider_arm:cutover_attempts:rate1h"


def test_files_are_written_and_written_over(tmp_path):
    files = {**grafana_files(V1_41), **rule_files(V1_41)}
    directory = tmp_path / "new" / "folder"
    paths = write_files(directory, files)
    before = [path.read_text() for path in paths]
    (directory / "mine.yml").write_text("mine")
    assert write_files(directory, files) == paths
    assert [path.read_text() for path in paths] == before == list(files.values())
    assert (directory / "mine.yml").read_text() == "mine"

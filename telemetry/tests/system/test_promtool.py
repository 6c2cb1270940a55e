"""promtool on the rules: they are well-formed in each dialect, and each alert fires when it is to and not before."""

import json

import pytest

from cutover_telemetry.grafana import rule_files, rules
from cutover_telemetry.names import DIALECTS, V1_41

COUNT = "gen_ai_client_operation_duration_seconds_count"
BUCKET = "gen_ai_client_operation_duration_seconds_bucket"
ROUTES = "cutover_route_duration_seconds_count"


def arm(name, provider="near", **labels):
    return ",".join(
        f'{key}="{value}"' for key, value in {"gen_ai_provider_name": provider, "cutover_arm": name, **labels}.items()
    )


FINE = {f"{COUNT}{{{arm('legacy')}}}": "0+60x40", f"{COUNT}{{{arm('registry')}}}": "0+60x40"}
SLOW, QUICK = (
    {
        **FINE,
        f'{BUCKET}{{{arm("legacy")},le="0.5"}}': "0+60x40",
        f'{BUCKET}{{{arm("legacy")},le="1.0"}}': "0+60x40",
        f'{BUCKET}{{{arm("legacy")},le="+Inf"}}': "0+60x40",
        f'{BUCKET}{{{arm("registry")},le="0.5"}}': share,
        f'{BUCKET}{{{arm("registry")},le="1.0"}}': "0+60x40",
        f'{BUCKET}{{{arm("registry")},le="+Inf"}}': "0+60x40",
    }
    for share in ("0+30x40", "0+60x40")
)
CASES = {
    "CutoverProviderFailing": (
        {**FINE, f"{COUNT}{{{arm('legacy', error_type='503')}}}": "0+60x40"},
        {**FINE, f"{COUNT}{{{arm('legacy', error_type='503')}}}": "0+6x40"},
    ),
    "CutoverRoutesFailing": (
        {
            f'{ROUTES}{{cutover_route_outcome="ok"}}': "0+60x40",
            f'{ROUTES}{{cutover_route_outcome="exhausted"}}': "0+2x40",
        },
        {
            f'{ROUTES}{{cutover_route_outcome="ok"}}': "0+60x40",
            f'{ROUTES}{{cutover_route_outcome="failed_over"}}': "0+9x40",
        },
    ),
    "CutoverCircuitOpen": (
        {'CIRCUIT{gen_ai_provider_name="near"}': "2x40"},
        {'CIRCUIT{gen_ai_provider_name="near"}': "1x40"},
    ),
    "CutoverRegistryArmFailsMore": (
        {**FINE, f"{COUNT}{{{arm('registry', error_type='503')}}}": "0+5x40"},
        {
            **FINE,
            f"{COUNT}{{{arm('registry', error_type='503')}}}": "0+5x40",
            f"{COUNT}{{{arm('legacy', error_type='503')}}}": "0+5x40",
        },
    ),
    "CutoverRegistryArmSlower": (SLOW, QUICK),
    "CutoverTelemetryFaults": (
        {"cutover_telemetry_faults_total": "0+1x40"},
        {"cutover_telemetry_faults_total": "7x40"},
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_rules_are_well_formed(promtool, dialect):
    for text in rule_files(DIALECTS[dialect]).values():
        code, words = promtool("check", "rules", "some.yml", some_yml=text)
        assert code == 0, words


def test_every_alert_has_its_cases():
    assert CASES.keys() == {alert.name for alert in rules(V1_41).alerts}


@pytest.mark.parametrize("alert", CASES)
def test_an_alert_fires_when_it_is_to_and_not_otherwise(promtool, alert):
    (text,) = (text for name, text in rule_files(V1_41).items() if "alerts" in name)
    circuit = next(each for each in rules(V1_41).alerts if each.name == "CutoverCircuitOpen")
    series = circuit.expression.split("(")[-1].split(")")[0]
    for fires, case in zip((True, False), CASES[alert], strict=True):
        expected = "1" if fires else "0"
        given = [{"series": name.replace("CIRCUIT", series), "values": values} for name, values in case.items()]
        test = {
            "rule_files": ["alerts.yml"],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": given,
                    "promql_expr_test": [
                        {
                            "expr": f'count(ALERTS{{alertname="{alert}", alertstate="firing"}}) or vector(0)',
                            "eval_time": "30m",
                            "exp_samples": [{"labels": "{}", "value": int(expected)}],
                        }
                    ],
                }
            ],
        }
        code, words = promtool("test", "rules", "test.yml", alerts_yml=text, test_yml=json.dumps(test))
        assert code == 0, words

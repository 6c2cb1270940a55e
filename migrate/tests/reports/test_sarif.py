"""SARIF: valid against the schema of the standard, the same on every machine, stable over unrelated edits."""

import json

import jsonschema
import pytest

from cutover_migrate import scan_paths
from cutover_migrate.reports import FINGERPRINT, sarif_log
from cutover_migrate.rewrite import KEPT_REASONS, REASONS

ID = "Schemata/sarif-schema-2.1.0.json"
HOSTILE = 'desk/a b"<i>%41ü.py'


@pytest.fixture(scope="session")
def valid(schema):
    """Check a log against the schema of SARIF 2.1.0."""
    validator = jsonschema.Draft7Validator(schema(ID))

    def check(log):
        found = json.loads(json.dumps(log))
        assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(found)] == []
        return found["runs"][0]

    return check


def results_of(run, rule):
    return [result for result in run["results"] if result["ruleId"] == rule]


def test_the_schema_is_that_of_the_standard_and_refuses_what_is_wrong(schema):
    found = schema(ID)
    assert found["title"] == "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    for wrong in ({"version": "2.0.0", "runs": []}, {"version": "2.1.0"}, {"version": "2.1.0", "runs": [{}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, found, cls=jsonschema.Draft7Validator)


def test_a_log_is_valid_and_has_a_result_for_each_fact_that_decided(project, valid):
    run = valid(sarif_log(project().scan(), version="1.2.3"))
    assert run["tool"]["driver"]["name"] == "cutover"
    assert run["tool"]["driver"]["semanticVersion"] == "1.2.3"
    (rewritable,) = results_of(run, "template")
    assert rewritable["level"] == "note"
    assert rewritable["message"]["text"] == "3 keys choose code here. `cutover plan` can rewrite it (template)."
    refused = [result for result in run["results"] if result["properties"].get("site") == "desk.chat.guess.1"]
    assert refused
    assert {(result["kind"], result["level"]) for result in refused} == {("informational", "none")}
    assert all("To have it rewritten: " in result["message"]["text"] for result in refused)


def test_every_rule_that_is_referred_to_is_there_with_its_help(project, valid):
    run = valid(sarif_log(project().scan(), version="1"))
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"]
        assert rule["fullDescription"]["text"].endswith(".")
        assert rule["defaultConfiguration"]["level"] == result["level"]
        if rule["id"] in REASONS:
            assert rule["help"]["text"] == REASONS[rule["id"]].unlock


def test_a_region_is_the_deciding_line_and_its_context_the_chain(project, valid):
    made = project()
    run = valid(sarif_log(made.scan(), version="1"))
    lines = (made.root / "desk/chat.py").read_text().splitlines()
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        region = place["region"]
        assert place["artifactLocation"] == {"uri": "desk/chat.py", "uriBaseId": "%SRCROOT%"}
        assert region["snippet"]["text"] == lines[region["startLine"] - 1]
        context = place["contextRegion"]
        assert context["startLine"] <= region["startLine"] <= region["endLine"] <= context["endLine"]


def test_a_branch_that_stays_is_told_beside_the_result(project, valid):
    made = project()
    text = (made.root / "desk/chat.py").read_text()
    made.write({"desk/chat.py": text.replace("said = make_c(model)", "said = make_c(model, 1)")})
    (result,) = results_of(valid(sarif_log(made.scan(), version="1")), "template")
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == f"c stays: {KEPT_REASONS['bodies-differ']}"
    assert related["physicalLocation"]["region"] == {"startLine": 12, "endLine": 12}


def test_what_disagrees_is_a_warning(project, valid):
    made = project({"desk/more.py": TWO_OF_THREE})
    run = valid(sarif_log(made.scan(), version="1"))
    (finding,) = results_of(run, "providers-differ")
    assert finding["level"] == "warning"
    assert finding["properties"]["names"] == ["c"]
    assert finding["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "desk/more.py"


def test_a_file_that_is_not_read_is_a_notification_and_no_result(project, valid):
    run = valid(sarif_log(project({"desk/broken.py": "x = = 1\n"}).scan(), version="1"))
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "not read: invalid syntax"
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "desk/broken.py"
    assert not [result for result in run["results"] if "broken" in json.dumps(result)]


def test_an_excluded_site_is_suppressed(project, valid):
    run = valid(sarif_log(project().scan(), version="1", excluded={"desk.chat.chat.1"}))
    (result,) = results_of(run, "template")
    assert result["suppressions"][0]["kind"] == "external"
    assert all("suppressions" not in other for other in run["results"] if other is not result)


def test_a_project_without_dispatch_gives_a_valid_log_without_results(tmp_path, valid):
    (tmp_path / "empty.py").write_text("x = 1\n")
    run = valid(sarif_log(scan_paths([tmp_path], root=tmp_path), version="1"))
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert run["properties"]["accounting"]["found"] == 0


def test_paths_are_relative_and_escaped_as_addresses_want_it(project, valid):
    made = project()
    made.write({HOSTILE: (made.root / "desk/chat.py").read_bytes()})
    run = valid(sarif_log(made.scan(), version="1"))
    assert "desk/a%20b%22%3Ci%3E%2541%C3%BC.py" in {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]
    }
    assert str(made.root) not in json.dumps(run)


def test_two_copies_of_a_project_give_the_same_log(project):
    first, second = (sarif_log(project(name=name).scan(), version="1") for name in ("one", "two"))
    assert first == second


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def chat(", "\n\ndef above():\n    pass\n\n\ndef chat("),
        ("        said = make_a(model)", "        # a comment\n        said = make_a(model)"),
        ("    else:\n", '    elif provider == "d":\n        said = make_a(model)\n    else:\n'),
        ("    if provider == ", '    if model == "x":\n        return 1\n    elif model == "y":\n        return 2\n'
         "    if provider == "),
    ],
    ids=["lines-above", "inside-a-branch", "one-more-branch", "another-chain-before"],
)  # fmt: skip
def test_a_fingerprint_stays_over_edits_that_leave_the_chain_where_it_is(old, new, project):
    made = project()
    before = sarif_log(made.scan(), version="1")["runs"][0]
    text = (made.root / "desk/chat.py").read_text()
    assert text.count(old) == 1
    made.write({"desk/chat.py": text.replace(old, new).encode()})
    after = sarif_log(made.scan(), version="1")["runs"][0]
    marks = [results_of(run, "template")[0]["partialFingerprints"][FINGERPRINT] for run in (before, after)]
    assert marks[0] == marks[1]


@pytest.mark.parametrize(
    ("old", "new"), [("def chat(", "def talk("), ("provider", "vendor")], ids=["function", "subject"]
)
def test_a_fingerprint_is_another_where_the_chain_is_another(old, new, project):
    made = project()
    before = sarif_log(made.scan(), version="1")["runs"][0]
    made.write({"desk/chat.py": (made.root / "desk/chat.py").read_text().replace(old, new).encode()})
    after = sarif_log(made.scan(), version="1")["runs"][0]
    marks = [results_of(run, "template")[0]["partialFingerprints"][FINGERPRINT] for run in (before, after)]
    assert marks[0] != marks[1]


TWO_OF_THREE = """
    from desk.clients.a import make_a
    from desk.clients.b import make_b


    def other(provider, model):
        if provider == "a":
            said = make_a(model)
        elif provider == "b":
            said = make_b(model)
        else:
            raise LookupError(provider)
        return said
"""

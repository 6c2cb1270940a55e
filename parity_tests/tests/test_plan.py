import json

import pytest

from cutover_parity import PlanError, plan_of, read_plan

JOURNAL = {
    "version": 1,
    "sites": [
        {"name": "chat", "keys": ["near", "groq", None], "file": "src/chat.py", "start_line": 3, "end_line": 9},
        {"name": "flow", "keys": ["groq", "xai"]},
    ],
    "modules": [{"module": "src.chat", "callees": {"make_near": {"provider": "near", "slot": "make"}}}],
}


def test_a_journal_gives_sites_keys_and_callees(tmp_path):
    (tmp_path / "journal.json").write_text(json.dumps(JOURNAL))
    plan = read_plan(tmp_path / "journal.json")
    assert plan == plan_of(JOURNAL)
    assert [site.name for site in plan.sites] == ["chat", "flow"]
    assert plan.keys == ("near", "groq", "xai")
    assert plan.modules == {"src.chat": {"make_near": {"provider": "near", "slot": "make"}}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        ("{", "it is not JSON"),
        ("[]", "a field is missing or of the wrong kind"),
        ('{"sites": [], "modules": []}', "its list of sites is empty"),
        ('{"sites": [{"name": "x"}], "modules": []}', "a field is missing or of the wrong kind: 'keys'"),
    ],
)
def test_what_is_no_journal_is_refused_with_the_reason(tmp_path, content, says):
    path = tmp_path / "journal.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PlanError) as refused:
        read_plan(path)
    assert f"{path} names no sites to replay: {says}" in str(refused.value)
    assert str(refused.value).endswith("run `cutover apply` first")

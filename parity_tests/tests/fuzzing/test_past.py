import pytest

from cutover_parity import Case, Difference, NotFinding, Request, Script, Signature, Step
from cutover_parity.fuzzing import Finding, read_findings, write_findings


def finding(place="calls[*].function", *, cases=1):
    request = Request("POST", "/v1/talk", (("x-team", "a"),), b'{"backend":"ash"}')
    made = tuple(
        Case(f"fuzz {n}", request, Script((Step("status", 503, retry_after="1"),)), "fault", "ash", pause=n or None)
        for n in range(cases)
    )
    return Finding(Signature("calls", place, "changed"), made, (Difference("calls", "[0].function", "a", "b"),))


def test_what_was_written_is_read_again(tmp_path):
    findings = [finding(), finding("failover[*]", cases=3)]
    paths = write_findings(tmp_path / "new", findings)
    assert {*read_findings(tmp_path / "new")} == {one.cases for one in findings}
    assert len({*paths}) == 2


def test_one_cluster_has_one_file(tmp_path):
    write_findings(tmp_path, [finding(cases=2)])
    write_findings(tmp_path, [finding()])
    assert list(read_findings(tmp_path)) == [finding().cases]


def test_a_folder_that_is_not_there_has_no_findings(tmp_path):
    assert list(read_findings(tmp_path / "none")) == []


def test_a_secret_is_not_written(tmp_path):
    secret = "sk-live-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"
    request = Request("POST", "/v1/talk", (("authorization", f"Bearer {secret}"),), b"{}")
    leaking = Finding(finding().signature, (Case("fuzz", request, Script(), "fault"),), ())
    (path,) = write_findings(tmp_path, [leaking])
    assert secret not in path.read_text()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "it is not JSON: Expecting property name"),
        ("[]", 'it does not say "format": "cutover-finding", "version": 1'),
        ('{"format": "cutover-finding", "version": 2}', 'it does not say "format"'),
        ('{"format": "cutover-finding", "version": 1}', "a field is missing or of the wrong kind: 'cases'"),
        ('{"format": "cutover-finding", "version": 1, "cases": [1]}', "a field is missing or of the wrong kind"),
    ],
)
def test_a_foreign_file_is_refused_by_name(tmp_path, content, reason):
    (tmp_path / "foreign.json").write_text(content)
    with pytest.raises(NotFinding) as refused:
        list(read_findings(tmp_path))
    assert str(refused.value).startswith(f"{tmp_path / 'foreign.json'} is not the finding of an earlier run: {reason}")
    assert str(refused.value).endswith("remove it, or name another folder")

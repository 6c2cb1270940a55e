"""The mark that a rollout was started here."""

import pytest

from cutover_rollout import Started, UnusableMark, mark_started, started_here


def test_what_was_marked_is_found(tmp_path):
    assert started_here(tmp_path) is None
    for sites in (("chat",), ("*",)):
        started = Started("postgresql://ops@db.internal/gateway", "gateway", sites)
        assert mark_started(tmp_path, started) == tmp_path / ".cutover" / "rollout.json"
        assert started_here(tmp_path) == started


def test_every_site_or_those_that_are_named():
    assert Started("", "", ("*",)).speaks_of("chat")
    assert Started("", "", ("chat",)).speaks_of("chat")
    assert not Started("", "", ("chat",)).speaks_of("mail")


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "it is not JSON"), ("[]", "it is not what"), ('{"version": 2}', "it is not what"),
     ('{"version": 1, "state": 7, "name": "x", "sites": []}', "it is not what")],
)  # fmt: skip
def test_another_file_is_refused(text, said, tmp_path):
    path = tmp_path / ".cutover" / "rollout.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UnusableMark, match=said) as refused:
        started_here(tmp_path)
    assert str(refused.value).startswith(f"{path}: ")


def test_a_root_that_is_a_file_has_none(tmp_path):
    (tmp_path / "file").write_text("")
    assert started_here(tmp_path / "file") is None
    with pytest.raises(UnusableMark, match="it cannot be written"):
        mark_started(tmp_path / "file", Started("", "", ()))

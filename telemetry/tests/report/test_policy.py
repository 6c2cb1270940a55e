"""Scripts in a page: their text neither ends their element nor begins a comment, and means the same."""

import pytest

from cutover_telemetry.report._policy import inline_script, policy


@pytest.mark.parametrize(
    "text", ["x = '</script>'", "x = '</SCRIPT >'", "x = '<!--'", "x = /<\\/script/; y = '</Script'"]
)
def test_what_would_end_a_script_is_spelt_otherwise(text):
    changed = inline_script(text).lower()
    assert "</script" not in changed
    assert "<!--" not in changed


@pytest.mark.parametrize("text", ["", "a < b", "x = '<script>'", "a = b<!c", "'</style>'"])
def test_what_ends_nothing_is_left_alone(text):
    assert inline_script(text) == text


def test_a_policy_without_scripts_runs_none():
    content = policy(scripts=[], styles=[]).attributes["content"]
    assert "script-src 'none';" in content
    assert "style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';" in content

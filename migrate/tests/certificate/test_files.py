"""Whole runs: which files, which bytes, what the certificate says and how it is written down."""

import json

import pytest

import cutover_migrate.certificate as door
from cutover_migrate.certificate import AXIOMS, certify
from cutover_migrate.errors import BadInput

CONFIG = (
    b'SLOTS = {"make": "make_{}"}\nSITES = {"chat": {"slots": ["make"]}}\n'
    b'PROVIDER_CONFIGS = {"near": {"module_name": "src.near", "sites": "*"}}\n'
)
LEGACY = b"""\
from src.near import make_near
def route(p):
    if p == "near":
        return make_near(p)
    return None
"""
APPLIED = (
    b"from src.near import make_near\nfrom src.services.provider_registry import bind_providers, use_registry\n"
    b'(CHAT,) = bind_providers(globals(), "chat")\ndef route(p):\n    if use_registry(CHAT, p):\n'
    b"        provider_config = CHAT.resolve(p)\n        return provider_config.make(p)\n"
    b'    elif p == "near":\n        return make_near(p)\n    return None\n'
)
REGISTRY = b'''"""The provider registry."""
from cutover_registry import ProviderConfig, ProviderRegistry
from cutover_registry import use_registry as use_registry
from src.config import providers

_registry = ProviderRegistry.from_module(providers)
bind_providers = _registry.bind
normalize_provider_name = _registry.normalize


def get_provider_registry() -> ProviderRegistry:
    """The one registry of this process."""
    return _registry
'''
LOADER = b"""from src.services.provider_registry import get_provider_registry

load_all_providers = get_provider_registry().load_all
load_provider = get_provider_registry().load
get_provider_or_error = get_provider_registry().get_or_error
"""
CREATED = {
    "src/config/providers.py": CONFIG,
    "src/services/provider_registry.py": REGISTRY,
    "src/services/provider_loader.py": LOADER,
    "src/services/__init__.py": b"",
}


def run(before=None, after=None, *, config=CONFIG, stage="applied"):
    return certify(
        before={"src/chat.py": LEGACY} if before is None else before,
        after={"src/chat.py": APPLIED, **CREATED} if after is None else after,
        config=config,
        config_module="src.config.providers",
        stage=stage,
    )


def against(certificate):
    return "\n".join(certificate.findings())


def test_a_project_with_its_generated_modules_is_certified():
    certificate = run()
    assert certificate.valid, against(certificate)
    assert [site.site for site in certificate.sites] == ["chat"]


def test_files_that_did_not_change_are_left_alone():
    assert run({"src/broken.py": b"def ("}, {"src/broken.py": b"def ("}).valid
    assert run({"notes.txt": b"x"}, {"notes.txt": b"x"}).valid


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"src/chat.py": LEGACY}, {}, "src/chat.py:1: the file is gone"),
        ({"notes.txt": b"x"}, {"notes.txt": b"y"}, "notes.txt:1: the file is no Python, so nothing can be proved"),
        ({"a.py": b"x = 1"}, {"a.py": b"x = ("}, "a.py:1: the new file does not compile: '(' was never closed"),
        ({"a.py": b"x = ("}, {"a.py": b"x = 1"}, "a.py:1: the legacy file does not compile: '(' was never closed"),
        ({"a.py": b"x = 1"}, {"a.py": b"return 1"}, "a.py:1: the new file does not compile: 'return' outside function"),
        ({"a.py": b"x = 1"}, {"a.py": b"x = '\xff'"}, "a.py:1: the new file does not compile"),
        ({"a.py": b'"""A."""\nx = 1'}, {"a.py": b'"""B."""\nx = 1'}, "a.py:1: the module's docstring is another"),
        ({}, {"src/more.py": b"import os"}, "a statement that a generated registry module does not have"),
        ({}, {"src/more.txt": b""}, "src/more.txt:1: a new file that is no generated module"),
    ],
)
def test_a_file_that_cannot_be_proved_is_refused(before, after, reason):
    assert reason in against(run(before, after))


def test_code_nested_too_deeply_is_refused_rather_than_believed():
    deep = b"x = " + b"-" * 300 + b"1\n"
    certificate = run({"a.py": deep}, {"a.py": deep.replace(b"1\n", b"2\n")})
    assert not certificate.valid


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"from_module(providers)", b"from_module(other)"),
        (b"_registry.bind", b"_registry.load"),
        (b"return _registry", b"return None"),
        (b"bind_providers =", b"print(1)\nbind_providers ="),
        (b"from src.config import providers", b"from src.other import providers"),
        (b"from cutover_registry import P", b"from other_registry import P"),
        (b"use_registry as use_registry", b"use_registry as bind_providers"),
        (b"_registry = Prov", b"_registry = Prov_"),
    ],
)
def test_an_edited_registry_module_is_refused(old, new):
    edited = REGISTRY.replace(old, new)
    assert edited != REGISTRY
    text = against(run(after={"src/chat.py": APPLIED, **CREATED, "src/services/provider_registry.py": edited}))
    assert "src/services/provider_registry.py:" in text


def test_an_edited_loader_module_is_refused():
    edited = LOADER.replace(b".load_all", b".load")
    assert against(run(after={"src/chat.py": APPLIED, **CREATED, "src/services/provider_loader.py": edited}))


def test_a_config_on_disk_that_is_not_the_one_of_the_proof_is_refused():
    text = against(run(after={"src/chat.py": APPLIED, **CREATED, "src/config/providers.py": CONFIG + b"X = 1\n"}))
    assert "src/config/providers.py:" in text


def test_two_registry_modules_are_refused():
    other = APPLIED.replace(b"provider_registry", b"other_registry")
    certificate = run({"a.py": LEGACY, "b.py": LEGACY}, {"a.py": APPLIED, "b.py": other})
    assert "two registry modules: ['src.services.other_registry', 'src.services.provider_registry']" in against(
        certificate
    )


def test_a_stage_that_is_none_is_bad_input():
    with pytest.raises(BadInput) as caught:
        run(stage="begun")
    assert str(caught.value) == "no stage 'begun'; a certificate is for `applied` or `finished`"


def test_the_certificate_is_bound_to_the_bytes_that_it_is_about():
    certificate = run()
    after = {"src/chat.py": APPLIED, **CREATED}
    assert certificate.stale(after, config=CONFIG) == ()
    assert certificate.stale({**after, "src/chat.py": APPLIED + b"#"}, config=CONFIG) == ("src/chat.py",)
    assert certificate.stale(CREATED, config=CONFIG) == ("src/chat.py",)
    assert certificate.stale({**after, "src/new.py": b""}, config=CONFIG) == ("src/new.py",)
    assert certificate.stale(after, config=CONFIG + b"#") == ("src.config.providers",)


def test_the_same_proof_is_written_down_the_same_way():
    written = run().to_json()
    assert written == run().to_json()
    record = json.loads(written)
    assert (record["version"], record["valid"], record["stage"]) == (1, True, "applied")
    same = {"kind": "same", "served_by": "table"}
    keys = record["sites"][0]["keys"]
    assert keys[0] == {"key": "near", "subject": "text", "verdict": same}
    assert [each["subject"] for each in keys[-2:]] == ["str-enum", "unhashable"]
    assert {axiom["id"] for axiom in record["axioms"]} >= {"slot-read", "fresh-local", "lookup"}
    assert record["files"][0]["path"] == "src/chat.py"


def test_a_refused_certificate_is_written_down_with_its_differences():
    record = json.loads(run(after={"src/chat.py": APPLIED.replace(b"    return None", b"    return 1")}).to_json())
    assert record["valid"] is False
    assert record["differences"][0]["code"] == "statement-changed"
    assert record["differences"][0]["legacy"] == "return None"


def test_every_axiom_has_its_own_id_and_a_sentence():
    ids = [axiom.id for axiom in AXIOMS]
    assert ids == sorted(set(ids))
    assert all(axiom.text.endswith(".") for axiom in AXIOMS)


def test_the_door_and_its_list_agree():
    assert door.__all__ == sorted(door.__all__)
    assert {name for name in vars(door) if not name.startswith("_")} == set(door.__all__)


def test_nothing_of_the_files_is_run(tmp_path):
    touched = tmp_path / "touched"
    text = f"open({str(touched)!r}, 'w')\n".encode()
    run({"a.py": text}, {"a.py": text + text}, config=text + CONFIG)
    assert not touched.exists()

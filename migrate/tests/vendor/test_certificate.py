"""The checker's own look at a vendored runtime: the installed program under another name, whole, and nothing else."""

import pytest

from cutover_migrate import Options, make_plan, scan_paths
from cutover_migrate.certificate import certify

REGISTRY = "desk/clients/provider_registry.py"


@pytest.fixture
def prove(gateway):
    """Certify what a plan would write, changed by a test."""
    plan = make_plan(scan_paths([gateway.root / "desk"], root=gateway.root), Options(vendor=True))
    changes = plan.applied()

    def prove(changed=None, *, runtime="desk.clients._cutover_registry"):
        after = {change.path: change.after for change in changes} | (changed or {})
        return certify(
            before={change.path: change.before for change in changes if change.before is not None},
            after={path: data for path, data in after.items() if data is not None},
            config=plan.generated[plan.layout.config].encode(),
            config_module=plan.layout.config_module,
            stage="applied",
            runtime=runtime,
        )

    prove.texts = {change.path: change.after for change in changes}
    return prove


def test_what_the_plan_writes_is_proved(prove):
    assert list(prove().findings()) == []


def test_comments_docstrings_and_the_licence_are_free(prove, runtime):
    site = prove.texts[f"{runtime}/_site.py"].replace(b'"""The hot path:', b'"""Another word:') + b"# more\n"
    assert prove({f"{runtime}/_site.py": site, f"{runtime}/LICENSE": b"other"}).valid


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("_site.py", b"return site._on[key]", b"return not site._on[key]"),
        ("_site.py", b"from ._bound import", b"from ._config import"),
        ("_site.py", b"from ._bound import", b"from .._bound import"),
        ("_site.py", b"from ._bound import", b"from cutover_registry._bound import"),
        ("_watcher.py", b"INTERVAL = 0.2", b"INTERVAL = 2"),
        ("__init__.py", b"use_registry", b"use_registri"),
        ("errors.py", b"class ", b"class class "),
    ],
)
def test_another_program_is_refused(prove, runtime, name, old, new):
    path = f"{runtime}/{name}"
    changed = prove.texts[path].replace(old, new)
    assert changed != prove.texts[path]
    certificate = prove({path: changed})
    assert not certificate.valid
    assert {(each.code, each.file) for each in certificate.differences} == {("runtime", path)}


def test_a_file_that_is_missing_is_refused(prove, runtime):
    (difference,) = prove({f"{runtime}/_site.py": None}).differences
    assert (difference.file, difference.reason) == (
        "desk.clients._cutover_registry: _site.py",
        "a file of the runtime that is not vendored",
    )


def test_a_file_too_many_is_refused(prove, runtime):
    (difference,) = prove({f"{runtime}/more.py": b""}).differences
    assert (difference.file, difference.reason) == (f"{runtime}/more.py", "a file that the runtime does not have")


def test_a_registry_module_that_asks_the_installed_runtime_is_refused(prove):
    text = prove.texts[REGISTRY].replace(b"desk.clients._cutover_registry", b"cutover_registry")
    assert any(each.file == REGISTRY for each in prove({REGISTRY: text}).differences)


def test_a_vendored_runtime_that_was_not_asked_for_is_refused(prove):
    assert not prove(runtime="cutover_registry").valid

import json
import shutil
import subprocess
from datetime import date

import pytest

from cutover_parity import (
    ArmSpec,
    Invalid,
    NotACertificate,
    Valid,
    certificate_of,
    read_certificate,
    tree_of,
    valid_for,
    write_certificate,
)

DAY = date(2026, 11, 23)


@pytest.fixture
def replayed(gateway):
    """A clean replay of two equal trees, with its certificate on disk."""
    ours = gateway("mill")
    legacy, registry = ours.copy("legacy"), ours.copy("registry")
    report = ours.replay(registry, legacy=legacy, cases=ours.generated()[:4])
    path = ours.folder / "parity.json"
    recordings = [ours.folder / "traffic.jsonl"]
    made = certificate_of(
        report, legacy=ArmSpec(legacy, ours.app), registry=ArmSpec(registry, ours.app), recordings=recordings, made=DAY
    )
    write_certificate(path, made)
    return path, legacy, registry, made


def test_a_certificate_is_read_back_and_holds_for_its_trees(replayed):
    path, legacy, registry, made = replayed
    certificate = read_certificate(path)
    assert certificate == made
    assert valid_for(certificate, legacy, registry) == Valid()
    assert certificate.cases == 4
    assert certificate.verdicts == {"died": 0, "ignored": 0, "match": 4, "mismatch": 0}
    assert certificate.made == "2026-11-23"
    assert 0 < certificate.bound < 1
    assert set(certificate.providers)
    assert certificate.coverage["cells"] >= certificate.coverage["reached"] > 0


def test_the_same_findings_give_the_same_bytes(replayed, tmp_path):
    path, _, _, made = replayed
    write_certificate(tmp_path / "again.json", made)
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("arm", ["legacy", "registry"])
def test_a_tree_that_changed_since_is_not_covered(replayed, arm):
    path, *trees, _ = replayed
    tree = dict(zip(("legacy", "registry"), trees, strict=True))[arm]
    source = tree / "mill.py"
    source.write_text(source.read_text() + "\n")
    found = valid_for(read_certificate(path), *trees)
    assert isinstance(found, Invalid)
    assert found.reason.startswith(f"the {arm} tree {tree} has other sources now (")
    assert found.reason.endswith("; replay again")


def test_what_is_no_source_does_not_matter(replayed):
    path, legacy, registry, _ = replayed
    (registry / "notes.txt").write_text("x")
    (registry / ".cutover").mkdir()
    (registry / ".cutover" / "kept.py").write_text("x = 1")
    (registry / "__pycache__").mkdir(exist_ok=True)
    (registry / "__pycache__" / "left.py").write_text("x = 1")
    (registry / "env").mkdir()
    (registry / "env" / "pyvenv.cfg").write_text("")
    (registry / "env" / "library.py").write_text("x = 1")
    assert valid_for(read_certificate(path), legacy, registry) == Valid()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data["verdicts"].update(mismatch=1), "its checksum does not fit its content"),
        (lambda data: data.update(version=2), "its version is 2, this provider-cutover reads 1"),
        (lambda data: data.update(format="x"), 'it has no "format": "cutover-parity"'),
        (lambda data: data.pop("checksum"), "its checksum does not fit its content"),
    ],
)
def test_a_certificate_that_was_edited_is_refused(replayed, change, says):
    path, *_ = replayed
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(NotACertificate) as caught:
        read_certificate(path)
    assert str(caught.value).startswith(f"{path} is no parity certificate that can be used: {says}")
    assert str(caught.value).endswith("make one with `cutover replay --certificate`")


def test_no_file_is_no_certificate(tmp_path):
    with pytest.raises(NotACertificate, match="cannot be read as JSON"):
        read_certificate(tmp_path / "parity.json")


def test_a_replay_with_a_mismatch_speaks_for_nothing(gateway):
    ours = gateway("mill")
    legacy = ours.copy("legacy")
    registry = ours.planted("mill.py", '"fine"', '"rough"')
    report = ours.replay(registry, legacy=legacy)
    arms = {"legacy": ArmSpec(legacy, ours.app), "registry": ArmSpec(registry, ours.app)}
    found = valid_for(certificate_of(report, **arms, recordings=[], made=DAY), legacy, registry)
    assert isinstance(found, Invalid)
    assert found.reason == f"the replay was not clean: {report.counts['mismatch']} mismatches, 0 errors"


def test_a_tree_is_known_by_its_content_wherever_it_stands(gateway, tmp_path):
    tree = gateway("lanes").copy()
    other = shutil.copytree(tree, tmp_path / "elsewhere")
    assert tree_of(tree).sha256 == tree_of(other).sha256
    moved = other / "lanes" / "backends"
    (moved / "ash.py").rename(moved / "elm.py")
    assert tree_of(tree).sha256 != tree_of(other).sha256


def test_a_tree_in_git_is_named_by_its_commit(tmp_path):
    (tmp_path / "app.py").write_text("x = 1\n")
    assert tree_of(tmp_path).commit == ""
    run = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*run, *command], check=True)
    assert len(tree_of(tmp_path).commit) == 40

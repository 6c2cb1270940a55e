import json
import secrets
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from cutover_parity import (
    ArmSpec,
    Case,
    NoiseRule,
    NoiseRules,
    Request,
    Script,
    Signature,
    Step,
    compare,
    shrink,
    write_counterexample,
)
from cutover_parity.arms._arm import ArmSetup
from cutover_parity.replay._duel import Duel

TALK = "lanes/routes/talk.py"
BODY = {
    "backend": "birch",
    "messages": [{"role": "user", "content": "one " * 20}, {"role": "system", "content": "two"}],
    "temperature": 0.25,
    "metadata": {"user": {"id": "u-1", "groups": ["a", "b", "c"]}},
    "stop": ["x", "y"],
}
BIG = Case(
    "big",
    Request(
        "POST",
        "/v1/talk?trace=1&x=2",
        (("content-type", "application/json"), ("accept", "*/*"), ("x-many", "1")),
        json.dumps(BODY).encode(),
    ),
    Script((Step(), Step("status", 503), Step("status", 500)), rest=Step("timeout")),
    "fault",
    "birch",
)


@pytest.fixture
def arms(gateway):
    ours = gateway("lanes")
    legacy = ours.copy("legacy")
    tree = ours.planted(TALK, '"birch": 90', '"birch": 30')
    return ours, ArmSpec(legacy, ours.app), ArmSpec(tree, ours.app)


def asked(duel, case):
    legacy, registry = duel.ask(case)
    return compare(json.loads(legacy.observation), json.loads(registry.observation))


def test_a_case_shrinks_while_its_signature_stays(arms):
    ours, legacy, registry = arms
    setup = ArmSetup("calls", ours.plan.modules, [], secrets.token_bytes(32))
    with Duel(legacy, registry, setup) as duel:
        signature = Signature.of(asked(duel, BIG))
        small = shrink(duel.ask, BIG, signature, asks=200)
        assert Signature.of(asked(duel, small)) == signature
        again = shrink(duel.ask, small, signature, asks=200)
    assert json.loads(small.request.body)["backend"] == "birch"
    assert len(small.request.body) < 60
    assert small.request.url == "/v1/talk"
    assert small.script == Script()
    assert small.request.headers in ((), small.request.headers[:1])
    assert again == small


def test_a_case_whose_mismatch_is_another_stays_as_it_is(arms):
    ours, legacy, registry = arms
    setup = ArmSetup("calls", ours.plan.modules, [], secrets.token_bytes(32))
    with Duel(legacy, registry, setup) as duel:
        assert shrink(duel.ask, BIG, Signature("answer", "answer.status", "changed"), asks=40) == BIG


def test_no_more_is_asked_than_allowed():
    asks = []

    def ask(case):
        asks.append(case)
        raise AssertionError("never more than none")

    assert shrink(ask, BIG, Signature("answer", "answer.status", "changed"), asks=0) == BIG
    assert asks == []


def run(path, folder):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_a_counterexample_fails_from_any_folder_until_the_arms_agree(arms, tmp_path):
    ours, legacy, registry = arms
    case = replace(BIG, script=Script(), key="birch")
    report = ours.replay(registry.root, legacy=legacy.root, cases=[case])
    difference = report.clusters[0].smallest.differences[0]
    rule = NoiseRule("answer.headers.x", "uuid", "ids", date(2100, 1, 1))
    folder = tmp_path / "found" / "here"
    path = write_counterexample(
        folder,
        case,
        difference,
        legacy=legacy,
        registry=registry,
        depth="calls",
        plan=ours.plan,
        ignore={"answer.headers.date": "a clock"},
        noise=NoiseRules((rule,)),
    )
    assert path.name.startswith("test_timeouts_asked_0_seconds_birch_")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    failed = run(path, elsewhere)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "timeouts.asked[0].seconds: legacy 90.0, registry 30.0" in failed.stdout
    source = registry.root / TALK
    source.write_text(source.read_text().replace('"birch": 30', '"birch": 90'))
    passed = run(path, elsewhere)
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_the_same_case_gives_the_same_file(arms, tmp_path):
    ours, legacy, registry = arms
    report = ours.replay(registry.root, legacy=legacy.root, cases=[BIG])
    options = {"legacy": legacy, "registry": registry, "depth": "calls", "plan": ours.plan}
    difference = report.clusters[0].smallest.differences[0]
    paths = [write_counterexample(tmp_path / name, BIG, difference, **options) for name in ("a", "b")]
    assert paths[0].name == paths[1].name
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("odd", ['""" end', "back\\slash", "new\nline", "\u202eturned", "surrogate \udc80", '"'])
def test_no_text_of_a_case_gets_out_of_its_quotes(arms, tmp_path, odd):
    ours, legacy, registry = arms
    case = replace(BIG, id=odd, request=replace(BIG.request, body=odd.encode(errors="surrogatepass")))
    report = ours.replay(registry.root, legacy=legacy.root, cases=[BIG])
    difference = replace(report.clusters[0].smallest.differences[0], legacy=odd)
    path = write_counterexample(
        tmp_path, case, difference, legacy=legacy, registry=registry, depth="http", plan=ours.plan
    )
    compile(path.read_bytes(), str(path), "exec")


def test_a_secret_of_the_request_is_not_written(arms, tmp_path):
    ours, legacy, registry = arms
    headers = (*BIG.request.headers, ("authorization", "Bearer sk-aaaaaaaaaaaaaaaaaaaaaaaa"))
    case = replace(BIG, request=replace(BIG.request, headers=headers))
    report = ours.replay(registry.root, legacy=legacy.root, cases=[BIG])
    path = write_counterexample(
        tmp_path, case, report.clusters[0].smallest.differences[0], legacy=legacy, registry=registry, depth="calls",
        plan=ours.plan,
    )  # fmt: skip
    assert "sk-aaaa" not in path.read_text()
    assert "Bearer secret-" in path.read_text()

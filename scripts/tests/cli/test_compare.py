import json
from random import Random

import pytest

from cutover_telemetry import AttemptRecord
from cutover_telemetry.store import Store

BEGUN = 1_700_000_040
SECOND = 1_000_000_000


def attempts(arm, *, failing=0.01, slower=1.0, minutes=12, a_minute=200, begun=BEGUN, provider="groq"):
    dice = Random(f"{arm}{provider}")
    for number in range(minutes * a_minute):
        yield {
            "provider": provider,
            "arm": arm,
            "started": begun + number * 60 / a_minute,
            "seconds": dice.lognormvariate(-0.5, 0.5) * slower,
            "error_type": "503" if dice.random() < failing else None,
        }


@pytest.fixture
def file(tmp_path):
    def made(*parts, name="attempts.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(each) + "\n" for part in parts for each in part), encoding="utf-8")
        return path

    return made


@pytest.fixture
def compare(cutover):
    def run(baseline, candidate, *more):
        return cutover("compare", "--baseline", baseline, "--candidate", candidate, *more)

    return run


def test_a_worse_arm_is_exit_code_1_with_its_evidence(file, compare):
    both = file(attempts("legacy"), attempts("registry", failing=0.06))
    ran = compare(f"{both}#arm=legacy", f"{both}#arm=registry")
    assert ran.code == 1
    assert ran.out.startswith("WORSE  registry (2,400 attempts) beside legacy (2,400 attempts)\ngroq: errors are worse")
    assert "worse, min" in ran.out


def test_arms_that_are_alike_cannot_be_judged_soon_and_say_what_it_takes(file, compare):
    both = file(attempts("legacy"), attempts("registry"))
    ran = compare(f"{both}#arm=legacy", f"{both}#arm=registry")
    assert (ran.code, ran.out.startswith("CANNOT JUDGE")) == (0, True)
    assert "to judge every metric it would take" in ran.out
    assert compare(f"{both}#arm=legacy", f"{both}#arm=registry", "--require-verdict").code == 1


def test_a_slower_arm_in_a_store_is_found_by_its_sketches(tmp_path, compare):
    store = tmp_path / "telemetry.db"
    writer = Store.open(store).writer()
    for arm, slower in (("legacy", 1.0), ("registry", 1.25)):
        for one in attempts(arm, slower=slower, minutes=6, a_minute=300):
            began = int(one["started"] * SECOND)
            ended = began + int(one["seconds"] * SECOND)
            writer.attempt(AttemptRecord("groq", "make_request", "f", arm, None, None, None, began, ended,
                                         error_type=one["error_type"]))  # fmt: skip
    writer.close()
    ran = compare(f"{store}#arm=legacy", f"{store}#arm=registry", "--json")
    assert ran.code == 1
    assert (ran.data["verdict"], ran.data["concurrent"]) == ("worse", True)
    (groq,) = ran.data["subjects"]
    p50 = next(one for one in groq["metrics"] if one["metric"] == "p50")
    assert p50["verdict"] == "worse"
    assert 1.15 < p50["effect"]["value"] < 1.35


def test_two_windows_are_said_not_to_be_concurrent(file, compare):
    before = file(attempts("legacy"), name="monday.jsonl")
    after = file(attempts("legacy", failing=0.08, begun=BEGUN + 86_400), name="tuesday.jsonl")
    ran = compare(before, after)
    assert ran.code == 1
    assert "NOT CONCURRENT: two windows." in ran.out
    assert compare(before, before).code == 0


def test_a_window_is_chosen_by_time(file, compare):
    both = file(attempts("legacy"))
    ran = compare(f"{both}#to=2023-11-14T22:20", f"{both}#from=2023-11-14T22:20", "--json")
    assert ran.data["concurrent"] is False
    assert sum(ran.data["subjects"][0]["requests"]) == 2400


def test_providers_that_are_well_have_one_line(file, compare):
    both = file(attempts("legacy"), attempts("registry"), attempts("legacy", provider="near"),
                attempts("registry", provider="near", failing=0.1))  # fmt: skip
    ran = compare(f"{both}#arm=legacy", f"{both}#arm=registry")
    assert "near: errors are worse" in ran.out
    assert "\ngroq: cannot judge (2,400 against 2,400 attempts); it would take " in ran.out
    every = compare(f"{both}#arm=legacy", f"{both}#arm=registry", "--every")
    assert "\ngroq: cannot judge" not in every.out


def test_a_split_that_is_off_cannot_be_judged(file, compare):
    both = file(attempts("legacy"), attempts("registry", a_minute=120, failing=0.2))
    ran = compare(f"{both}#arm=legacy", f"{both}#arm=registry", "--share", "0.5")
    assert ran.out.startswith("CANNOT JUDGE")
    assert "find what chooses among the requests" in ran.out


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ("#colour=red", "there is no selector 'colour'; there are arm, provider, site, from, to, last"),
        ("#arm", "arm= needs a value"),
        ("#last=soon", "last=soon is no span; write 90s, 30m, 2h or 1d"),
        ("#from=noon", "'noon' is no time; write 2026-11-23T10:00 (UTC) or seconds since 1970"),
        ("#from=200&to=100", "it ends before it begins"),
        ("#site=chat", "lines of attempts have no site; leave site= out"),
        ("#provider=none", "has an attempt that is meant; look at the selectors"),
    ],
)
def test_selectors_that_mean_nothing_are_refused(file, compare, selector, said):
    both = file(attempts("legacy", minutes=1))
    assert said in compare(f"{both}{selector}", f"{both}{selector}").refused()


def test_files_that_cannot_be_used_are_refused(tmp_path, file, compare):
    there = file(attempts("legacy", minutes=1))
    missing = compare(tmp_path / "none.db", there).refused()
    assert (
        missing == f"{tmp_path}/none.db: cannot be read (No such file or directory); name a store or a file of attempts"
    )
    (tmp_path / "broken").write_text("{")
    assert compare(there, tmp_path / "broken").refused().startswith(f"{tmp_path}/broken:1: not an attempt: ")

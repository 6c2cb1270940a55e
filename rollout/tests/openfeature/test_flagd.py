"""The flags in a file, by flagd's own provider in file mode: no server, its evaluator in this process."""

import json
import logging

import pytest
from openfeature import api

from cutover_registry import bucket_of
from cutover_rollout.openfeature import FlagState

WHY = "flagd's provider is not installed: make lock setup (dev group: openfeature-provider-flagd)"
flagd = pytest.importorskip("openfeature.contrib.provider.flagd", reason=WHY)
config = pytest.importorskip("openfeature.contrib.provider.flagd.config", reason=WHY)

SALT = "a salt of the tests"
INSIDE = next(f"user-{n}" for n in range(100) if bucket_of(f"user-{n}", salt=SALT) < 0.4)
OUTSIDE = next(f"user-{n}" for n in range(100) if bucket_of(f"user-{n}", salt=SALT) > 0.6)
SHARE = {"state": "ENABLED", "variants": {"none": 0, "half": 0.5, "all": 1}, "defaultVariant": "half"}
KILL = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


@pytest.fixture
def write(tmp_path):
    """Replace the file of flags: those that are given are other than the usual ones."""
    path = tmp_path / "flags.json"

    def writing(*, share=None, kill=None, text=None):
        flags = {"cutover-share": {**SHARE, **(share or {})}, "cutover-kill": {**KILL, **(kill or {})}}
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({"flags": flags}) if text is None else text)
        draft.replace(path)

    writing()
    return writing


@pytest.fixture
def followed(write, tmp_path, follow, until):
    """A worker that follows the file."""
    logging.getLogger("openfeature.contrib").setLevel(logging.CRITICAL)
    options = {"resolver_type": config.ResolverType.FILE, "offline_flag_source_path": str(tmp_path / "flags.json")}
    provider = flagd.FlagdProvider(deadline_ms=20, **options)
    api.set_provider_and_wait(provider, "tool")
    follower = follow(stale_after=1.0)
    until(lambda: follower.now().standing == "following")
    yield follower
    provider.shutdown()


def test_share_and_kill_of_the_file_are_followed(followed, write, arm, until):
    until(lambda: arm(INSIDE) == "registry")
    assert arm(OUTSIDE) == "legacy"
    write(share={"defaultVariant": "all"})
    until(lambda: arm(OUTSIDE) == "registry")
    write(share={"defaultVariant": "all"}, kill={"defaultVariant": "on"})
    until(lambda: arm(INSIDE) == arm(OUTSIDE) == "legacy")
    write(share={"defaultVariant": "none"})
    until(lambda: followed.now().version == 4)
    assert arm(INSIDE) == "legacy"
    write()
    until(lambda: arm(INSIDE) == "registry")


def test_targeting_gives_each_provider_its_share(followed, write, until):
    only_near = {"if": [{"==": [{"var": "provider"}, "near"]}, "all", "none"]}
    write(share={"targeting": only_near})
    state = FlagState(salt=SALT, providers=("near", "groq"), domain="tool")
    shares = {"near": 1.0, "groq": 0.0}
    until(lambda: {rule["provider"]: rule["share"] for rule in state.read().document["rules"]} == shares)


def test_a_damaged_file_keeps_the_switch_until_it_is_stale_and_a_mended_one_is_followed(followed, write, arm, until):
    until(lambda: arm(INSIDE) == "registry")
    write(text="{")
    until(lambda: followed.now().standing == "lost")
    assert followed.now().problem.startswith("state openfeature:tool: its provider is in the state ERROR; ")
    assert (arm(INSIDE), arm(OUTSIDE)) == ("registry", "legacy")
    until(lambda: followed.now().standing == "stale")
    assert arm(INSIDE) == "legacy"
    write(share={"defaultVariant": "all"})
    until(lambda: arm(OUTSIDE) == "registry")


def test_a_file_that_is_gone_is_a_loss(followed, tmp_path, arm, until):
    until(lambda: arm(INSIDE) == "registry")
    (tmp_path / "flags.json").unlink()
    until(lambda: followed.now().standing == "lost")
    assert arm(OUTSIDE) == "legacy"
    until(lambda: arm(INSIDE) == "legacy")


@pytest.mark.parametrize(
    "said", [{"share": {"state": "DISABLED"}}, {"kill": {"state": "DISABLED"}}, {"kill": {"defaultVariant": None}}]
)
def test_a_flag_that_says_nothing_is_legacy(said, followed, write, arm, until):
    until(lambda: arm(INSIDE) == "registry")
    write(**said)
    until(lambda: arm(INSIDE) == "legacy")
    assert followed.now().standing == "following"

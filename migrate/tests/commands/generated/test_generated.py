"""Random gateways: every plan is certified, and legacy, both arms and finished make the same calls for every key.

`CUTOVER_FUZZ=2000` makes more of them.
"""

import os

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from cutover_migrate import NothingFound
from cutover_migrate._scan import scan
from cutover_migrate.certificate import certify

PROFILE = settings(
    max_examples=int(os.environ.get("CUTOVER_FUZZ", "30")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)


SIBLINGS_THAT_ALL_RAISE = b"""from world import Stop, trace
from clients.a import make_a
from clients.b_2 import make_b_2
from clients.spare import make_spare


def chat(provider, model, flag):
    trace(flag)
    if provider == "odd":
        raise Stop((make_a(model), model))
    if provider in ("a", "b-2"):
        raise Stop(make_b_2(model))
    raise Stop(make_spare(model))
"""


@PROFILE
@given(data=st.data())
def test_every_plan_is_certified_and_runs_alike(data, random_gateways, plan_for, stages_of, seen_of, folder):
    text = data.draw(random_gateways)
    try:
        plan = plan_for(text)
    except NothingFound:
        event("refused")
        return
    event(f"{len(plan.sites)} sites")
    assert_alike(text, plan, stages_of, seen_of, folder)


def test_siblings_of_which_every_one_raises_are_certified(plan_for, stages_of, seen_of, folder):
    assert_alike(SIBLINGS_THAT_ALL_RAISE, plan_for(SIBLINGS_THAT_ALL_RAISE), stages_of, seen_of, folder)


def assert_alike(text, plan, stages_of, seen_of, folder):
    """Certify each stage of a plan, and run it beside the legacy code at every key."""
    legacy = seen_of(text, None, "legacy")
    config = plan.generated[plan.layout.config]
    for stage, change, changes in stages_of(plan):
        shown = "\n".join([stage, text.decode(), "=" * 60, change.after.decode(), config])
        certificate = certify(
            before={change.path: change.before},
            after={each.path: each.after for each in changes},
            config=config.encode(),
            config_module=plan.layout.config_module,
            stage=stage,
        )
        assert certificate.valid, "\n".join([*certificate.findings(), shown])
        for arm in ("registry", "legacy") if stage == "applied" else ("registry",):
            assert seen_of(change.after, config, arm) == legacy, f"{arm}\n{shown}"
        (folder / "chat.py").write_bytes(change.after)
        again = scan([folder / "chat.py"], root=folder)
        known = [site.keys for site in plan.sites]
        assert [site.keys for site in again.chosen if site.keys in known] == [], shown

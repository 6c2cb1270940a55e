"""Every right rewrite of every random gateway is certified, and behaves as the legacy program does."""

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cutover_migrate.certificate import certify

PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
EXAMPLES = int(os.environ.get("CUTOVER_CERTIFICATE_EXAMPLES", "40"))


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_right_rewrite_is_certified_at_both_stages(random_gateways, data):
    gateway = data.draw(random_gateways)
    for stage, text in (("applied", gateway.applied), ("finished", gateway.finished)):
        certificate = certify(
            before={"gateway.py": gateway.legacy.encode()},
            after={"gateway.py": text.encode()},
            config=gateway.config.encode(),
            config_module="gateway_config",
            stage=stage,
        )
        assert certificate.valid, f"{text}\n{gateway.config}\n" + "\n".join(certificate.findings())


@settings(max_examples=EXAMPLES // 3, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_oracle_agrees_that_it_is_right(random_gateways, seen_of, data):
    gateway = data.draw(random_gateways)
    legacy = seen_of(gateway.legacy, gateway)
    assert len(legacy) > 1, legacy
    assert seen_of(gateway.applied, gateway, arm="registry") == legacy
    assert seen_of(gateway.applied, gateway, arm="legacy") == legacy
    assert seen_of(gateway.finished, gateway) == legacy

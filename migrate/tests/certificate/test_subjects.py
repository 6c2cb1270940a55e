"""What a chain may be over: plain reads, text methods and items, each with what it takes for granted."""

import pytest

CHAIN = """
if SUBJECT == "near":
    out = make_near(m)
elif SUBJECT == "far":
    out = make_far(m)
else:
    out = make_main(m)
return out
"""
FRONT = (
    "if use_registry(CHAT, SUBJECT):\n    provider_config = CHAT.resolve(SUBJECT)\n    out = provider_config.make(m)\n"
)
KEPT = FRONT.replace("use_registry(CHAT, SUBJECT)", "SUBJECT in CHAT") + CHAIN[CHAIN.index("else") :]
AXIOMS = {
    "p": set(),
    "p.provider": set(),
    "p.route.provider": set(),
    "p.lower()": {"text-method"},
    "p.provider.strip()": {"text-method"},
    "p.strip().lower()": {"text-method"},
    "p.casefold()": {"text-method"},
    "p['provider']": {"item-read"},
    "p.get('provider')": {"item-read"},
    "p.get('provider', 'near')": {"item-read"},
    "getattr(p, 'provider', None)": {"item-read"},
    "getattr(p.route, 'provider')": {"item-read"},
    "os.getenv('PROVIDER')": {"item-read"},
    "os.getenv('PROVIDER', 'near')": {"item-read"},
    "os.environ.get('PROVIDER')": {"item-read"},
    "os.environ['PROVIDER']": {"item-read"},
    "os.getenv('PROVIDER', 'near').lower()": {"item-read", "text-method"},
}


@pytest.fixture
def prove_subject(prove):
    """Proves a chain over a subject at both stages."""

    def both(subject, other=None):
        legacy = CHAIN.replace("SUBJECT", subject)
        applied = FRONT.replace("SUBJECT", other or subject) + f"el{legacy.lstrip()}"
        finished = KEPT.replace("SUBJECT", other or subject)
        return [prove(legacy, applied), prove(legacy, finished, stage="finished")]

    return both


@pytest.mark.parametrize("subject", AXIOMS)
def test_a_subject_that_may_be_read_again_is_certified_under_its_axioms(prove_subject, subject):
    for certificate in prove_subject(subject):
        assert list(certificate.findings()) == []
        assert {axiom.id for axiom in certificate.axioms} & {"item-read", "text-method"} == AXIOMS[subject]


@pytest.mark.parametrize(
    "subject",
    [
        *("p()", "p.provider()", "p.lower(1)", "p.encode()", "p.split()", "pick(p)", "p[m]", "p[0:1]"),
        *("p.get(m)", "p.get()", "p.get('a', m())", "getattr(p, m)", "getattr(p)", "p.get('a', default=1)", "f'{p}'"),
        *("p().get('a')", "pick(p).lower()", "getattr(p(), 'a')", "(await_(p)).x", "str(p)", "p.get(*m)"),
    ],
)
def test_any_other_subject_is_refused(prove_subject, subject):
    for certificate in prove_subject(subject):
        text = "\n".join(certificate.findings())
        assert "is not a plain read" in text


@pytest.mark.parametrize(("one", "other"), [("p.lower()", "p"), ("p", "p.lower()"), ("p['a']", "p['b']")])
def test_another_subject_is_refused(prove_subject, one, other):
    assert [certificate.valid for certificate in prove_subject(one, other)] == [False, False]


def test_every_site_is_proved_at_a_text_enum_member_and_an_unhashable_subject(prove_subject, prove):
    for certificate in prove_subject("p"):
        kinds = [(proof.key, proof.subject) for proof in certificate.sites[0].keys]
        assert ("near", "str-enum") in kinds
        assert ("no-such-provider", "unhashable") in kinds
        assert {None, "", "FAR", "no-such-provider"} <= {key for key, _ in kinds}
    looked_up = CHAIN.replace('SUBJECT == "near"', 'SUBJECT in {"near"}').replace("SUBJECT", "p")
    certificate = prove(looked_up, FRONT.replace("SUBJECT", "p") + f"el{looked_up.lstrip()}")
    assert "unhashable" not in {proof.subject for proof in certificate.sites[0].keys}
    assert "hashable" in {axiom.id for axiom in certificate.axioms}

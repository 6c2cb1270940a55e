"""Adopting failover loops as a step of its own: what is written, what verify knows of it, what undo gives back."""

import json

import pytest

from cutover_migrate import AlreadyDone, LoopsAdopted, adopt_failover, plan_adoption, undo_sites
from cutover_migrate.apply import WrongState
from cutover_migrate.errors import NotCertified
from cutover_migrate.execute import execute_project

CHAT = """
    from desk.clients.a import make_a
    from desk.clients.b import make_b
    from desk.clients.c import make_c
    from desk.clients.d import make_d

    CHAINS = {"both": ["a", "b"], "bad": ["bad", "a"], "none": [], "last": ["d", "nobody"], "nobody": ["nobody"]}


    def again(error):
        return isinstance(error, (LookupError, ValueError))


    def ask(provider, model):
        if provider == "a":
            done = make_a(model)
        elif provider == "b":
            done = make_b(model)
        elif provider == "c":
            done = make_c(model)
        elif provider == "d":
            done = make_d(model)
        else:
            raise LookupError(provider)
        return done


    def chat(key, model):
        chain = CHAINS.get(key) or [key, "c"]
        for i, provider in enumerate(chain):
            try:
                return ask(provider, model), i + 1
            except Exception as error:
                if i < len(chain) - 1 and again(error):
                    continue
                return f"{error} at {provider}", i + 1
        return "nobody", 0


    def stream(provider, model):
        if provider == "a":
            done = make_a(model, stream=True)
        elif provider == "b":
            done = make_b(model, stream=True)
        elif provider == "c":
            done = make_c(model, stream=True)
        elif provider == "d":
            done = make_d(model, stream=True)
        else:
            raise LookupError(provider)
        return done
"""
ROUTES = """
    from desk.chat import ask


    def first(chain, model):
        errors = []
        for provider in chain:
            try:
                return ask(provider, model)
            except LookupError as error:
                errors.append(error)
        raise LookupError(errors)


    def everyone(chain, model):
        for provider in chain:
            print(ask(provider, model))
"""
KEYS = ["a", "x", None, "both", "bad", "none", "last", "nobody"]


@pytest.fixture
def finished(gateway):
    """A gateway whose cutover is finished."""
    found = gateway(CHAT, desk__routes=ROUTES)
    found.apply()
    found.finish()
    return found


def adopted(gateway):
    outcome = adopt_failover(gateway.root, plan_adoption(gateway.root))
    assert isinstance(outcome, LoopsAdopted)
    return outcome


def test_the_loops_of_a_finished_tree_are_adopted_and_the_others_named(finished):
    planned = plan_adoption(finished.root)
    assert [(loop.file, loop.function) for loop in planned.adopted] == [
        ("desk/chat.py", "chat"),
        ("desk/routes.py", "first"),
    ]
    assert [(loop.function, loop.code) for loop in planned.refused] == [("everyone", "no-handler")]
    assert planned.proof.valid


def test_a_loop_that_the_checker_does_not_prove_stays_and_says_why(gateway):
    found = gateway(CHAT + "\n\n    range = range\n", desk__routes=ROUTES)
    found.apply()
    found.finish()
    planned = plan_adoption(found.root)
    assert [(loop.function, loop.code) for loop in planned.refused] == [
        ("chat", "not-proved"),
        ("everyone", "no-handler"),
    ]
    assert "the file gives the name 'range' another meaning" in planned.refused[0].fact
    assert [loop.function for loop in planned.adopted] == ["first"]
    assert adopted(found).committed.written == ("desk/routes.py",)


def test_planning_writes_nothing(finished):
    before = finished.files()
    plan_adoption(finished.root)
    assert finished.files() == before


def test_the_gateway_does_what_it_did(finished):
    before = finished.run(keys=KEYS)
    adopted(finished)
    assert "failover.goes_on(error, again)" in finished.text()
    assert finished.run(keys=KEYS) == before


def test_a_file_that_only_imports_the_asking_function_is_edited_too(finished):
    assert adopted(finished).committed.written == ("desk/chat.py", "desk/routes.py")
    assert "import get_provider_registry" in finished.text("desk/routes.py")


def test_verify_knows_it_afterwards(finished):
    adopted(finished)
    verified = finished.verify()
    assert (verified.valid, verified.findings(), verified.certificate.stage) == (True, [], "finished")
    assert [loop.function for loop in verified.adoption.loops] == ["chat", "first"]


def test_the_certificate_that_is_written_down_has_the_loops(finished):
    without = json.loads(finished.verify().to_json())
    adopted(finished)
    whole = json.loads(finished.verify().to_json())
    assert ("adoption" in without, whole["valid"], len(whole["adoption"]["loops"])) == (False, True, 2)


def test_verify_knows_of_no_loops_before(finished):
    assert finished.verify().adoption is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("failover.goes_on(error, again)", "failover.has_next"),
        ("failover.answered(", "str("),
        ('return "nobody", 0', 'return "no one", 0'),
    ],
)
def test_an_edit_of_an_adopted_file_is_a_finding(finished, old, new):
    adopted(finished)
    finished.edit(old, new)
    verified = finished.verify()
    assert not verified.valid
    assert any(finding.startswith("desk/chat.py:") for finding in verified.findings())


def test_a_finished_form_that_was_tampered_with_proves_nothing(finished):
    adopted(finished)
    kept = finished.root / ".cutover/finished/desk/chat.py"
    kept.write_bytes((finished.root / "desk/chat.py").read_bytes())
    assert not finished.verify().valid
    kept.unlink()
    assert not finished.verify().valid


def test_undo_gives_every_byte_back(gateway):
    found = gateway(CHAT, desk__routes=ROUTES)
    before = found.files()
    found.apply()
    found.finish()
    adopted(found)
    found.undo()
    assert found.files() == before
    assert not (found.root / ".cutover/finished").exists()


def test_adopting_again_has_nothing_to_do(finished):
    adopted(finished)
    before = finished.files()
    assert isinstance(adopt_failover(finished.root, plan_adoption(finished.root)), AlreadyDone)
    assert finished.files() == before


def test_edits_that_were_made_since_finish_are_kept(finished):
    finished.edit('return "nobody", 0', 'return "no one at all", 0')
    adopted(finished)
    assert '"no one at all"' in finished.text()
    assert finished.verify().findings() == []
    finished.undo()
    assert '"no one at all"' in finished.text()


def test_a_loop_that_came_later_is_adopted_in_a_second_step(finished):
    adopted(finished)
    later = finished.text("desk/routes.py") + (
        "\n\ndef second(chain, model):\n    for provider in chain:\n        try:\n"
        "            return ask(provider, model)\n        except ValueError:\n            continue\n"
    )
    (finished.root / "desk/routes.py").write_text(later)
    assert [loop.function for loop in adopted(finished).adoptable.adopted] == ["second"]
    functions = [loop.function for loop in finished.verify().adoption.loops]
    assert functions[:2] == ["chat", "first"]


def test_before_the_legacy_arm_is_gone_nothing_is_adopted(gateway):
    found = gateway(CHAT)
    found.apply()
    with pytest.raises(WrongState, match="cannot finish --adopt-failover: this project is applied; run `cutover finis"):
        plan_adoption(found.root)


def test_a_tree_that_is_not_certified_is_not_touched(finished):
    finished.edit('"desk.clients.a"', '"desk.clients.b"', path="desk/config/providers.py")
    with pytest.raises(NotCertified, match="what is on disk is not certified"):
        plan_adoption(finished.root)


def test_undo_of_one_site_gives_the_hand_written_loops_back(finished):
    written = finished.text("desk/routes.py")
    adopted(finished)
    undo_sites(finished.root, ["stream"])
    assert "failover" not in finished.text()
    assert finished.verify().valid
    assert finished.text("desk/routes.py") == written
    assert adopted(finished)


def test_the_finished_form_is_what_is_executed(finished):
    adopted(finished)
    assert execute_project(finished.root).same


def test_a_vendored_runtime_has_the_routes(gateway):
    found = gateway(CHAT)
    found.apply(vendor_runtime=True)
    found.finish()
    before = found.run(keys=KEYS)
    adopted(found)
    assert found.verify().valid
    assert found.run(keys=KEYS) == before

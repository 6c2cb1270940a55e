"""Which loops are looked at, which are adopted together, and what is left alone."""

import pytest

from cutover_migrate import adopt as door
from cutover_migrate.adopt import ADOPT_REASONS

LOOP = """
def chat(chain):
    for provider in chain:
        try:
            return ask(provider)
        except Status:
            continue
"""


def test_the_door_and_its_list_agree():
    assert {name for name in vars(door) if not name.startswith("_")} == set(door.__all__)


@pytest.mark.parametrize(
    "listing",
    [
        "def chat(chain):\n    for name in chain:\n        print(name)\n",
        "def chat(chain):\n    for name in chain:\n        print(ask('near'))\n",
        "def chat(chain):\n    for name in chain:\n        keep(lambda: ask(name))\n",
        "def chat(chain):\n    return [ask(name) for name in chain]\n",
        "def chat(name):\n    try:\n        return ask(name)\n    except Status:\n        return None\n",
        "def chat(chain):\n    for name in chain:\n        CHAT.other(name)\n",
    ],
)
def test_what_asks_no_provider_in_turn_is_not_looked_at(listing, adopt):
    done = adopt(listing)
    assert (done.loops, done.after) == ((), done.before)


def test_a_site_in_the_loop_itself_counts(adopt):
    done = adopt(LOOP.replace("return ask(provider)", "return CHAT.resolve(provider).make_request()"))
    assert len(done.adopted) == 1


def test_a_function_of_another_module_counts_where_it_is_said_to_hold_a_site(adopt):
    listing = LOOP.replace("ask(", "elsewhere(")
    assert adopt(listing).loops == ()
    assert len(adopt(listing, askers={"elsewhere"}).adopted) == 1


def test_a_loop_that_is_to_stay_stays(adopt):
    done = adopt(LOOP)
    stays = adopt(LOOP, refused=[(done.loops[0].line, "the checker says so")])
    assert (stays.codes, stays.after) == (["not-proved"], stays.before)
    assert "the checker says so" in stays.loops[0].fact


def test_of_two_loops_in_one_another_the_inner_one_is_adopted(adopt):
    listing = """
    def chat(groups):
        for group in groups:
            try:
                for provider in chain_of(group, ask(group)):
                    try:
                        return ask(provider)
                    except Status:
                        continue
                return None
            except KeyError:
                continue
    """
    done = adopt(listing)
    assert sorted(done.codes + ["adopted" for _ in done.adopted]) == ["adopted", "nested-loop"]


def test_two_loops_of_one_function_are_both_adopted(adopt):
    second = LOOP.partition("\n    for")[2]
    done = adopt(f"{LOOP.rstrip()}\n    for{second}")
    assert len(done.adopted) == 2
    assert len(done.proof().loops) == 2


@pytest.mark.parametrize(
    ("used", "name"),
    [
        ("failover = 1", "failover_route"),
        ("failover = failover_route = 1", "provider_route"),
        ("failover = failover_route = provider_route = 1", "failover_2"),
        ("import failover", "failover_route"),
        ("global failover", "failover_route"),
    ],
)
def test_the_route_has_a_name_that_the_function_does_not_use(used, name, adopt):
    done = adopt(LOOP.replace("    for provider", f"    {used}\n    for provider"))
    assert [loop.name for loop in done.adopted] == [name]
    assert done.proof().valid


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("ask(provider), 1", "failover.answered((ask(provider), 1))"),
        ("(ask(provider)), 1", "failover.answered(((ask(provider)), 1))"),
        ("(ask(provider), 1)", "failover.answered((ask(provider), 1))"),
        ("(ask(provider))", "(failover.answered(ask(provider)))"),
        ("[*ask(provider)]", "failover.answered([*ask(provider)])"),
        ("*ask(provider), 1", "failover.answered((*ask(provider), 1))"),
        ("(yield ask(provider))", "(failover.answered((yield ask(provider))))"),
        ("ask(provider) if provider else None", "failover.answered(ask(provider) if provider else None)"),
        ("lambda: ask(provider)", None),
    ],
)
def test_an_answer_is_handed_on_as_one_value(value, answer, adopt):
    done = adopt(LOOP.replace("return ask(provider)", f"return {value}"))
    if answer is None:
        assert done.loops == ()
        return
    assert f"return {answer}\n" in done.after
    assert done.proof().valid


def test_an_awaited_answer_is_handed_on(adopt):
    done = adopt(LOOP.replace("def chat", "async def chat").replace("return ask", "return await ask"))
    assert "return failover.answered(await ask(provider))" in done.after
    assert done.proof().valid


def test_one_line_forms_keep_their_lines(adopt):
    listing = """
    def chat(chain):
        for i, provider in enumerate(chain):
            try:
                done = ask(provider); break
            except Status as exc:
                if i < len(chain) - 1: continue
                raise
        return done
    """
    done = adopt(listing)
    assert done.lines()[3:] == [
        "done = ask(provider); failover.answered(); break",
        "if failover.has_next: failover.failed(exc); continue",
    ]
    assert done.proof().valid


def test_a_file_that_imports_the_registry_already_is_not_given_a_second_import(adopt):
    done = adopt(f"from gateway.provider_registry import get_provider_registry\n\n{LOOP}")
    assert done.after.count("get_provider_registry\n") == 1
    assert done.proof().valid


def test_every_code_says_a_fact_and_an_edit():
    assert all(code.message and code.unlock for code in ADOPT_REASONS.values())

"""What each kind does to the small gateway, and what it leaves alone."""

import ast

import pytest

from cutover_cli._plant import KINDS, KINDS_ON_REQUEST, NothingApplicable, plant
from cutover_cli._plant._tree import read_tree
from cutover_migrate import verify_cutover

EVERY = {**KINDS, **KINDS_ON_REQUEST}


@pytest.fixture
def sites_of(quay):
    """The sites at which a kind has faults to offer."""

    def give(kind, state="applied"):
        tree = read_tree(quay(state, label=f"{kind}-{state}"))
        return {place.name: [fault.sentence for fault in EVERY[kind](tree, place)] for place in tree.places}

    return give


def test_the_same_seed_plants_the_same_fault_and_another_seed_another(quay):
    one, same, other = (plant(quay(label=label), seed) for label, seed in (("a", 4), ("b", 4), ("c", 5)))
    assert one == same
    assert one.diff != other.diff


@pytest.mark.parametrize("state", ["applied", "finished"])
@pytest.mark.parametrize("kind", EVERY)
def test_a_planted_tree_compiles_keeps_its_line_ends_and_is_refused_by_the_certificate(quay, kind, state):
    root = quay(state)
    if kind == "widened-set" or (kind == "changed-default" and state == "applied"):
        with pytest.raises(NothingApplicable):
            plant(root, 1, kind=kind)
        return
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    planted = plant(root, 1, kind=kind)
    changed = [path for path, data in before.items() if path.read_bytes() != data]
    assert changed == [root / planted.file]
    text = changed[0].read_bytes()
    assert ast.parse(text)
    if planted.file.endswith("routes.py"):
        assert text.count(b"\n") == text.count(b"\r\n")
        assert "—".encode() in text
    assert not verify_cutover(root).valid


def test_a_text_over_several_lines_is_not_moved_in_with_the_statements_around_it(quay):
    root = quay()
    plant(root, 1, kind="swallowed-exception")
    source = (root / "quay" / "routes.py").read_bytes().decode().replace("\r\n", "\n")
    assert '                reply = await run(provider_config.ask, text, tone="""dry\nand short""", ' in source
    assert "        except Exception:\n            reply = None\n    elif backend ==" in source


def test_exceptions_are_planted_only_where_a_provider_can_fail_inside_the_template(sites_of):
    for kind in ("swallowed-exception", "wrong-failover", "other-exception"):
        offered = {site for site, sentences in sites_of(kind).items() if sentences}
        assert offered == {"talk"}, "a generator fails later, a pure function never, and `quiet` is asked by a stranger"


def test_an_exception_that_is_swallowed_around_the_site_already_is_not_swallowed_again(quay):
    root = quay()
    routes = root / "quay" / "routes.py"
    routes.write_bytes(
        routes.read_bytes().replace(b"await logged(provider_config.ask", b"await run(provider_config.ask")
    )
    tree = read_tree(root)
    offered = {place.name: len(list(KINDS["swallowed-exception"](tree, place))) for place in tree.places}
    assert offered == {"talk": 1, "live": 0, "quiet": 0, "cents": 0}
    assert [list(KINDS["wrong-failover"](tree, place)) != [] for place in tree.places] == [True, False, True, False]


def test_arguments_are_taken_only_where_they_surely_reach_the_function(sites_of):
    lost = sites_of("lost-argument")
    assert [sentence.partition("` ")[0] for sentence in lost["talk"]] == [
        "the argument `text",
        'the keyword `tone="""dry and short"""',
        "the keyword `timeout=(5 + 5)",
    ]
    assert lost["quiet"] == []
    assert [site for site, sentences in sites_of("lost-rest").items() if sentences] == ["talk"]


def test_timeouts_are_those_that_reach_the_function_and_those_of_asyncio(sites_of):
    assert sites_of("changed-timeout") == {
        "talk": [
            "the timeout `5 + 5` is lost",
            "the timeout is `(5 + 5) + 7`, no longer `5 + 5`",
            "the timeout `30` is lost",
            "the timeout is `61`, no longer `30`",
        ],
        "live": [],
        "quiet": [],
        "cents": [],
    }


def test_the_default_arm_is_changed_in_front_of_it_or_in_the_table_where_it_was_absorbed(sites_of):
    changed = sites_of("changed-default", "finished")
    never_reached = ["the default arm is never reached: its keys are resolved like those of the table"]
    assert changed["talk"] == changed["cents"] == never_reached
    assert changed["live"] == [
        f"the default arm is that of '{name}', no longer that of 'elm'" for name in ("ash", "birch", "cedar")
    ]


def test_kept_branches_are_still_reached_where_the_default_arm_is_not(example, tmp_path):
    tree = read_tree(example("relay_desk").copy("finished", tmp_path / "desk"))
    (draft,) = (place for place in tree.places if place.name == "draft")
    (fault,) = KINDS["changed-default"](tree, draft)
    assert fault.splices[0].text == "vendor in DRAFT or vendor not in ('perplexity',)"


def test_no_set_is_widened_by_the_provider_whose_functions_the_default_arm_has(example):
    tree = read_tree(example("relay_desk").tree("applied"))
    (live,) = (place for place in tree.places if place.name == "draft_live")
    assert tree.config.default("draft_live") == "groq"
    assert "groq" not in tree.config.members("draft_live")
    assert list(KINDS["widened-set"](tree, live)) == []


def test_two_providers_with_one_function_are_neither_swapped_nor_mistaken_for_each_other(example):
    tree = read_tree(example("relay_desk").tree("applied"))
    (draft,) = (place for place in tree.places if place.name == "draft")
    sentences = [fault.sentence for kind in ("swapped-branches", "wrong-callee") for fault in KINDS[kind](tree, draft)]
    assert tree.config.callee("kimi", "ask") == tree.config.callee("moonshot", "ask")
    assert not [text for text in sentences if "'kimi'" in text and "'moonshot'" in text]

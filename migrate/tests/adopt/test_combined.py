"""Loops put together from parts: every combination is adopted and proved, and does what it did."""

import itertools
import textwrap

import pytest

NEXT = {
    "index < len(chain) - 1": 0,
    "index + 1 < len(chain)": 0,
    "len(chain) - 1 > index": 0,
    "index != len(chain) - 1": 0,
    "number < len(chain)": 1,
    "not number == len(chain)": 1,
}
LAST = {"index == len(chain) - 1": 0, "index + 1 >= len(chain)": 0, "number == len(chain)": 1}
GOING_ON = {
    "one test": "if {next} and should_go_on(exc):\n    log(chain[{following}])\n    continue\nraise",
    "two tests": "if {next}:\n    if should_go_on(exc):\n        continue\nraise",
    "test first": "if should_go_on(exc) and {next}:\n    continue\nraise mapped(exc)",
    "an attribute": "if {next} and exc.status in (401, 503):\n    continue\nraise mapped(exc) from exc",
    "negated": "if not ({next} and should_go_on(exc)):\n    raise\nlog(chain[{following}])",
    "mapped": "error = mapped(exc)\nif {next} and should_go_on(error):\n    continue\nraise error",
    "an else": "if {next} and should_go_on(exc):\n    log('on')\nelse:\n    raise",
    "a return": "if {next} and should_go_on(exc):\n    continue\nreturn str(exc)",
    "a break": "if {next} and should_go_on(exc):\n    continue\nlast = str(exc)\nbreak",
}
GIVING_UP = {
    "last one raises": "if {last}:\n    raise\nlog('on')",
    "last one or not": "if {last} or not should_go_on(exc):\n    raise\ncontinue",
    "last one returns": "if {last}:\n    return str(exc)\nlog(chain[{following}])\ncontinue",
    "either raises": "if not should_go_on(exc):\n    raise\nif {last}:\n    raise",
}
ENDING = {
    "return": "try:\n    return ask(provider)\nexcept Status as exc:\n{handler}",
    "else": "try:\n    done = ask(provider)\nexcept Status as exc:\n{handler}\nelse:\n    return done, {number}",
    "behind": "try:\n    done = ask(provider)\nexcept Status as exc:\n{handler}\nlog(done)\nbreak",
}
SCHEDULES = [[None], [503, None], [401, 400], [400], [503], [401, 503, None], ["gone"], [503, "gone"]]
CHAINS = [[], ["near"], ["near", "far"], ["near", "near", "far"]]


def combined():
    for (name, handler), (test, start), ending in itertools.product(GOING_ON.items(), NEXT.items(), ENDING):
        yield f"{name}, {test}, {ending}", (handler, {"next": test}, start, ending)
    for (name, handler), (test, start), ending in itertools.product(GIVING_UP.items(), LAST.items(), ENDING):
        yield f"{name}, {test}, {ending}", (handler, {"last": test}, start, ending)


def listing(handler, tests, start, ending):
    name = "number" if start else "index"
    following = name if start else f"{name} + 1"
    handled = textwrap.indent(handler.format(**tests, following=following), "    ")
    body = textwrap.indent(ENDING[ending].format(handler=handled, number=name), " " * 8)
    head = f"enumerate(chain, {start})" if start else "enumerate(chain)"
    before, after = "    last = done = None", "    return last, done"
    return f"def chat(chain):\n{before}\n    for {name}, provider in {head}:\n{body}\n{after}\n"


ENDINGS = ("raise", "continue", "break", "from exc", "error", "(exc)")
PARTS = {name: parts for name, parts in combined() if parts[3] != "behind" or parts[0].rstrip().endswith(ENDINGS)}


@pytest.mark.parametrize("name", PARTS)
def test_every_combination_is_adopted_proved_and_behaves(name, adopt, behaves):
    done = adopt(listing(*PARTS[name]))
    ends_elsewhere = done.codes == ["handler-falls-through"]
    if ends_elsewhere:
        assert "behind" in name
        return
    assert (len(done.adopted), done.codes) == (1, [])
    assert list(done.proof().findings()) == []
    for chain, schedule in itertools.product(CHAINS, SCHEDULES):
        assert behaves(done.after, chain, schedule) == behaves(done.before, chain, schedule)

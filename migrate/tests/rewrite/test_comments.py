"""Comments: shared ones stay in the template, others go to the table, none is lost without a word."""

import pytest


def comment_of(found, provider):
    line = next(line for line in found.config.splitlines() if line.startswith(f'    "{provider}": {{"'))
    return line.partition("},  # ")[2]


def test_comments_of_a_branch_go_beside_its_entry(rewritten, chat):
    found = rewritten(
        chat(
            """
            if p == "a":  # on the test
                return make_a(m)
            # above b
            elif p == "b":
                # in b
                return make_b(m)  # behind b
                # below b
            # about the rest
            else:
                # in the rest
                return make_d(m)
            """
        )
    )
    assert comment_of(found, "a") == "on the test"
    assert comment_of(found, "b") == "above b; in b; behind b; below b"
    assert comment_of(found, "d") == "about the rest; in the rest"
    assert "#" not in found.finished.partition("def chat")[2]


def test_comments_of_the_branch_that_lends_its_text_are_taken_out_of_it(rewritten, body_of, chat):
    found = rewritten(
        chat(
            """
            if p == "a":
                # before

                r = make_a(  # open
                    # inside
                    m,  # the model
                )
                # between
                if r:  # why
                    return r  # so
                # at the end
            elif p == "b":
                r = make_b(
                    m,
                )
                if r:
                    return r
            return None
            """
        )
    )
    assert body_of(found.finished).splitlines() == [
        "if p in CHAT:",
        "    provider_config = CHAT.resolve(p)",
        "",
        "    r = provider_config.make(",
        "        m,",
        "    )",
        "    if r:",
        "        return r",
        "return None",
    ]
    assert comment_of(found, "a") == "before; open; inside; the model; between; why; so; at the end"


def test_a_comment_of_a_branch_with_two_keys_goes_to_the_first(rewritten, chat):
    found = rewritten(
        chat('if p in ("a", "x"):  # both\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None')
    )
    assert (comment_of(found, "a"), comment_of(found, "x")) == ("both", "")


def test_comments_that_every_branch_has_stay_in_the_template(rewritten, body_of, chat):
    found = rewritten(
        chat(
            """
            if p == "a":
                # try it
                r = make_a(m)  # may fail
                # done
            elif p == "b":
                # try it
                r = make_b(m)  # may fail
                # done
            else:
                # nobody
                raise KeyError(p)
            return r
            """
        )
    )
    assert body_of(found.finished).splitlines() == [
        "if p in CHAT:",
        "    provider_config = CHAT.resolve(p)",
        "    # try it",
        "    r = provider_config.make(m)  # may fail",
        "    # done",
        "else:",
        "    # nobody",
        "    raise KeyError(p)",
        "return r",
    ]
    assert (comment_of(found, "a"), comment_of(found, "b")) == ("", "")


def test_comments_of_what_is_kept_stay_where_they_are(rewritten, body_of, chat):
    found = rewritten(
        chat(
            """
            # the chain
            if p == "a":
                return make_a(m)
            # why x
            elif p == "x":  # odd
                # really
                return None
            # and b
            elif p == "b":
                return make_b(m)
            # why not
            else:
                raise KeyError(p)  # so
            """
        )
    )
    assert body_of(found.finished).splitlines() == [
        "# the chain",
        "if p in CHAT:",
        "    provider_config = CHAT.resolve(p)",
        "    return provider_config.make(m)",
        "# why x",
        'elif p == "x":  # odd',
        "    # really",
        "    return None",
        "# why not",
        "else:",
        "    raise KeyError(p)  # so",
    ]
    assert comment_of(found, "b") == "and b"


def test_what_speaks_to_a_tool_is_no_comment_for_people(rewritten, body_of, chat):
    found = rewritten(
        chat(
            """
            if p == "a":  # noqa: SIM
                return make_a(m)  # type: ignore[arg-type]
            elif p == "b":
                return make_b(m)  # pragma: no cover
            return None
            """
        )
    )
    assert (comment_of(found, "a"), comment_of(found, "b")) == ("", "")
    assert "return provider_config.make(m)  # type: ignore[arg-type]" in body_of(found.finished)


def test_comments_of_cases_go_with_them(rewritten, chat):
    found = rewritten(
        chat(
            """
            match p:
                # first
                case "a":
                    return make_a(m)
                # second
                case "b":  # b
                    return make_b(m)
                case _:
                    # the rest
                    return make_d(m)
            """
        )
    )
    assert [comment_of(found, key) for key in "abd"] == ["first", "second; b", "the rest"]


def test_a_comment_above_a_kept_case_stays_once(rewritten, body_of, chat):
    found = rewritten(
        chat(
            """
            match p:  # who
                # odd
                case "x":
                    return None
                case "a":
                    return make_a(m)
                case "b":
                    return make_b(m)
            """
        )
    )
    assert body_of(found.finished).splitlines() == [
        "match p:  # who",
        "    case _ if p in CHAT:",
        "        provider_config = CHAT.resolve(p)",
        "        return provider_config.make(m)",
        "    # odd",
        '    case "x":',
        "        return None",
    ]


LOST = """
match p:  # who
    case "a":
        return make_a(m)
    case "b":
        return make_b(m)
    case _:
        return make_d(m)
"""


def test_a_comment_that_nothing_can_carry_makes_the_site_unsafe(decided, rewritten, chat):
    found = decided(chat(LOST))
    assert (found.level, [why.code for why in found.reasons]) == ("unsafe", ["comment-lost"])
    assert "# who" not in rewritten(chat(LOST), unsafe=True).finished


@pytest.mark.parametrize(
    "text",
    [
        LOST.replace("# who", ""),
        LOST.replace('    case "a"', '    case "x":\n        raise\n    case "a"'),
        LOST.replace("make_d(m)", "None"),
        LOST.partition("    case _")[0],
        "# who" + LOST.replace("# who", ""),
    ],
)
def test_a_comment_that_stays_makes_nothing_unsafe(decided, chat, text):
    assert decided(chat(text)).level == "safe"


def test_comments_around_imports_go_beside_the_entries(rewritten, chat):
    head = (
        "# licence\n\n# fast\nfrom a_client import (\n    make_a,  # its maker\n)\n\n"
        "# slow\n# and dear\nfrom b_client import make_b  # noqa: F401\n\n# other things\n\nLIMIT = 3"
    )
    found = rewritten(
        chat('if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None', head=head)
    )
    assert [comment_of(found, key) for key in "ab"] == ["fast; its maker", "slow; and dear"]
    assert found.finished.startswith("# licence\n\n")
    assert "\n# other things\n\nLIMIT = 3\n" in found.finished


def test_comments_inside_tables_lists_and_alias_fixes_go_beside_the_entries(rewritten, chat):
    head = (
        "from clients import make_a, make_b\n"
        "TIMES = {  # seconds\n    'a': 12,  # slow\n    # very\n    'b': 3,\n}  # end\n"
        "def auto(p):\n    if p == 'be':  # old\n        # really\n        p = 'b'  # now\n"
        "    for p in [\n        'b',  # first\n        'a',\n        # no more\n    ]:  # go\n"
        "        TIMES.get(p, 30)\n"
    )
    found = rewritten(
        chat('if p == "a":\n    return make_a(m)\nelif p == "b":\n    return make_b(m)\nreturn None', head=head)
    )
    assert [comment_of(found, key) for key in "ab"] == ["seconds; slow; no more", "very; old; really; first"]
    for stays in ("timeouts()  # end\n", "normalize_provider_name(p)  # now\n", "AUTO_DETECT_PROVIDERS:  # go\n"):
        assert stays in found.finished

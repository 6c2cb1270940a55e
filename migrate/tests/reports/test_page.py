"""The HTML page: nothing beside it is loaded, no source can get out of its text, and everybody can read it."""

import re
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from cutover_migrate.reports import html_page

VOID = {"meta", "input", "br", "link", "img"}
ATTACK = '</code></pre><script>alert(1)</script><img src=x onerror="alert(2)">'


@dataclass
class Node:
    """One element with its attributes, texts and children."""

    tag: str
    attributes: dict
    texts: list = field(default_factory=list)
    children: list = field(default_factory=list)

    def every(self, tag=None, **wanted):
        """All elements below, by tag and attributes (`class_` is one of its classes)."""
        for child in self.children:
            fits = all(
                value in child.attributes.get("class", "").split() if name == "class_"
                else child.attributes.get(name) == value
                for name, value in wanted.items()
            )  # fmt: skip
            if fits and tag in (None, child.tag):
                yield child
            yield from child.every(tag, **wanted)

    @property
    def text(self):
        """All text below."""
        return "".join(part if isinstance(part, str) else part.text for part in self.texts)


class Strict(HTMLParser):
    """A parser that refuses what browsers would have to mend."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.top = Node("", {})
        self.open = [self.top]

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        node = Node(tag, {name: value if value is not None else "" for name, value in attrs})
        self.open[-1].children.append(node)
        self.open[-1].texts.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"{tag} closes {self.open[-1].tag}, line {self.getpos()}"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].texts.append(data)


def parsed(text):
    reader = Strict()
    reader.feed(text)
    reader.close()
    assert [node.tag for node in reader.open] == [""]
    return reader.top


def page_of(made, **options):
    plan = options.pop("plan") if "plan" in options else made.plan(unsafe=True)
    return html_page(made.scan(), plan=plan, title=options.pop("title", "gateway"), version="1.2.3", **options)


@pytest.fixture
def page(project):
    return parsed(page_of(project()))


def test_the_page_is_well_formed_and_says_what_it_is(page):
    (html,) = page.every("html")
    assert html.attributes == {"lang": "en"}
    (title,) = page.every("title")
    assert title.text == "Provider dispatch in gateway"
    assert [node.text for node in page.every("h1")] == [title.text]
    assert "Written by cutover 1.2.3" in next(page.every("footer")).text


def test_nothing_is_loaded_and_nothing_runs(page):
    assert not [node.tag for node in page.every() if node.tag in {"script", "link", "img", "iframe", "object", "base"}]
    assert not [name for node in page.every() for name in node.attributes if name.startswith("on") or name == "style"]
    assert not [node for node in page.every() if "src" in node.attributes]
    assert all(node.attributes["href"].startswith("#") for node in page.every("a"))
    assert all("action" not in node.attributes for node in page.every("form"))


def test_the_policy_allows_the_page_s_own_style_by_its_digest_and_nothing_else(project):
    text = page_of(project())
    (style,) = parsed(text).every("style")
    (policy,) = parsed(text).every("meta", **{"http-equiv": "Content-Security-Policy"})
    digest = b64encode(sha256(re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1].encode()).digest()).decode()
    assert policy.attributes["content"].split("; ") == [
        "default-src 'none'", f"style-src 'sha256-{digest}'", "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip
    assert not re.search(r"url\(|@import|expression", style.text)
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_there_is_a_style_for_light_and_for_dark_and_for_paper(page):
    (style,) = page.every("style")
    for part in ("color-scheme: light dark", "light-dark(", ":has(#dark:checked)", "@media print"):
        assert part in style.text
    assert [node.attributes["id"] for node in page.every("input", name="theme")] == ["auto", "light", "dark"]


def test_each_site_has_its_section_with_its_decision(page):
    sections = {next(node.every("h3")).text: node for node in page.every("section")}
    assert list(sections) == ["desk.chat.chat.1", "desk.chat.guess.1"]
    tags = [next(node.every("span", class_="tag")).text for node in sections.values()]
    assert tags == ["template", "refused"]
    refused = sections["desk.chat.guess.1"]
    assert "computed-subject" in refused.text
    assert "Unlock:" in refused.text
    assert next(refused.every("span", class_="here")).text.strip().startswith('if models.pop() == "a":')


def test_a_site_is_shown_before_and_after_side_by_side(page, project):
    before, after = [node.text for node in next(page.every("section")).every("pre")]
    assert before.splitlines()[0].strip() == 'if provider == "a":'
    assert len(before.splitlines()) == 8
    assert "provider_config = CHAT.resolve(provider)" in after
    assert after.splitlines()[-1].strip() == "raise LookupError(provider)"


def test_code_can_be_copied_as_it_is(project):
    made = project({"desk/odd.py": ODD})
    codes = [node.text for node in parsed(page_of(made)).every("pre")]
    assert "\n".join(ODD.splitlines()[5:-1]) in codes


def test_providers_stand_in_a_table_with_the_sites_that_serve_them(page):
    table = next(page.every("table"))
    heads = [node.text for node in table.every("th", scope="col")]
    assert heads == ["provider", "chat", "timeout, s", "module"]
    rows = [[cell.text for cell in row.children] for row in next(table.every("tbody")).every("tr")]
    assert rows == [[name, "table", "30", f"desk.clients.{name}"] for name in "abc"]
    assert [node.text for node in table.every("th", scope="row")] == ["a", "b", "c"]


def test_the_accounting_is_told(page, project):
    tiles = next(page.every("ul", class_="tiles"))
    pairs = [re.match(r"(\d+)(.+)", node.text).groups() for node in tiles.every("li")]
    assert pairs == [
        ("2", "found"), ("1", "template"), ("0", "lift"), ("0", "partial"), ("1", "refused"), ("0", "unaccounted"),
        ("6", "files read"),
    ]  # fmt: skip


def test_a_reader_by_ear_or_keyboard_finds_the_way(page):
    ids = Counter(node.attributes["id"] for node in page.every() if "id" in node.attributes)
    assert set(ids.values()) == {1}
    for node in page.every():
        for name in ("aria-labelledby", "href"):
            target = node.attributes.get(name, "").removeprefix("#")
            assert not target or target in ids, target
        if node.attributes.get("tabindex") == "0":
            assert node.attributes["role"] == "region"
            assert node.attributes["aria-label"]
    levels = [int(node.tag[1]) for node in page.every() if re.fullmatch("h[1-6]", node.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for node in page.every("table"):
        assert next(node.every("caption")).text
    for node in page.every("fieldset"):
        assert next(node.every("legend")).text
    assert next(page.every("a")).attributes == {"class": "skip", "href": "#main"}


def test_hostile_keys_comments_paths_and_titles_stay_text(project):
    made = project({'desk/<b onclick="x">&.py': HOSTILE, "desk/worse.py": WORSE})
    text = page_of(made, title=ATTACK, notes={"desk.chat.chat.1": ATTACK})
    page = parsed(text)
    assert not list(page.every("script"))
    assert not list(page.every("img"))
    assert ATTACK in next(page.every("h1")).text
    assert "<script>" not in text


def test_hidden_characters_are_shown_by_their_number(project):
    text = page_of(project({"desk/worse.py": WORSE}))
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "⟨U+202E⟩" in text
    assert "⟨U+001B⟩" in text


def test_without_a_plan_the_sites_are_shown_as_they_are(project):
    made = project()
    page = parsed(page_of(made, plan=None, notes={"desk.chat.chat.1": "it cannot be certified"}))
    assert not list(page.every("div", class_="sides"))
    assert "Providers" not in [node.text for node in page.every("h2")]
    section = next(page.every("section"))
    assert "it cannot be certified" in section.text
    assert next(section.every("span", class_="tag")).text == "template, left out"


def test_nothing_found_is_a_page_too(tmp_path, project):
    made = project(name="other")
    for path in made.root.rglob("*.py"):
        path.unlink()
    made.write({"x.py": "x = 1\n"})
    page = parsed(page_of(made, plan=None))
    assert not list(page.every("section"))
    assert "None were found." in page.text


def test_the_same_project_gives_the_same_page(project):
    assert page_of(project(name="one")) == page_of(project(name="two"))


def test_what_apply_writes_is_shown_as_a_diff_with_the_new_files(page):
    summaries = [node.text for node in page.every("summary")]
    assert "What cutover apply writes into this file" in summaries
    assert sum(name.endswith((".py",)) for name in summaries) == 3
    assert "+    if use_registry(CHAT, provider):" in page.text


def test_what_disagrees_is_told_with_its_place(project):
    page = parsed(page_of(project({"desk/more.py": LIFTED.replace('elif model == "c"', 'elif model == "z"')})))
    assert "What disagrees" in [node.text for node in page.every("h2")]
    table = [*page.every("table")][1]
    assert re.fullmatch(r"\d+ disagreements", next(table.every("caption")).text)
    assert "providers-differ" in table.text
    assert "desk/more.py" in table.text


def test_files_that_are_not_read_and_near_misses_are_listed(project):
    page = parsed(page_of(project({"desk/broken.py": "x = = 1\n", "desk/near.py": NEAR})))
    heads = [node.text for node in page.every("h2")]
    assert heads[-2:] == ["Near misses", "Not read"]
    assert "desk/broken.py:1" in page.text


ODD = '''"""Odd."""
from desk.clients.a import make_a
from desk.clients.b import make_b
from desk.clients.c import make_c
def odd(items):
    if items.pop() == "a":
        return make_a("""
    two lines
        """)
    elif items.pop() == "b":\treturn make_b("\\t")
    elif items.pop() == "c":
        return make_c('é \N{SNOWMAN}')
    elif items.pop() == "d":
        return 4
    pass
'''
NEAR = """
    def colour(name):
        if name == "red":
            return 1
        elif name == "green":
            return 2
"""
HOSTILE = f"""
    def pick(items):
        # {ATTACK}
        if items.pop() == {ATTACK!r}:
            return 1  # {ATTACK}
        elif items.pop() == "b&amp;":
            return 2
        elif items.pop() == "<!--":
            return 3
        elif items.pop() == "]]>":
            return 4
"""
WORSE = """
    def pick(items):
        if items.pop() == "a":
            return 1  # \u202e turned \u2066 round
        elif items.pop() == "\x1b[31m":
            return 2
        elif items.pop() == "c":
            return 3
        elif items.pop() == "d":
            return 4
"""
LIFTED = """
    from desk.clients.a import make_a
    from desk.clients.b import make_b
    from desk.clients.c import make_c


    def lifted(provider, model):
        if provider == "a":
            said = make_a(model)
        elif provider == "b":
            parts = []
            for part in model:
                parts.append(make_b(part))
            said = parts
        elif provider == "c":
            said = make_c(model)[0], model
        else:
            raise LookupError(provider)
        return said


    def partial(model):
        if "claude" in model:
            return make_b(model)
        elif model == "a":
            return make_a(model, 1)
        elif model == "b":
            return make_b(model, 1)
        elif model == "c":
            return make_c(model, 1)
        return None
"""


def test_lifted_branches_are_shown_as_handlers(project):
    page = parsed(page_of(project({"desk/more.py": LIFTED})))
    sections = {next(node.every("h3")).text: node for node in page.every("section")}
    lifted = sections["desk.more.lifted.1"]
    assert next(lifted.every("span", class_="tag")).text == "lift"
    (handlers,) = lifted.every("details")
    assert next(handlers.every("summary")).text == "the 3 handlers"
    names = [node.text for node in handlers.every("figcaption")]
    assert names == ["_lifted_a", "_lifted_b", "_lifted_c"]
    assert [node.text.splitlines()[0] for node in handlers.every("pre")] == [f"def {name}(model):" for name in names]


def test_an_open_branch_of_a_partial_site_is_marked_and_told(project):
    page = parsed(page_of(project({"desk/more.py": LIFTED})))
    sections = {next(node.every("h3")).text: node for node in page.every("section")}
    partial = sections["desk.more.partial.1"]
    assert next(partial.every("span", class_="tag")).text == "partial"
    assert next(partial.every("span", class_="here")).text.strip() == 'if "claude" in model:'
    assert "A branch stays as it is (open-predicate, line 23)" in partial.text
    after = [node.text for node in partial.every("pre")][1]
    assert after.splitlines()[0].strip() == 'if "claude" in model:'
    assert "PARTIAL.resolve(model)" in after

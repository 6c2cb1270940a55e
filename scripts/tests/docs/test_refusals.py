"""docs/refusals.md: in step with the codes, and each of its listings says what it is said to say."""

import re

import pytest

from cutover_migrate import Options, scan_json, scan_paths
from cutover_migrate.adopt import ADOPT_REASONS, Adopted, adopt_file
from cutover_migrate.certificate import certify_adoption
from cutover_migrate.find import parse_source
from cutover_migrate.rewrite import KEPT_REASONS, REASONS

HEAD = "from clients import groq_chat, near_chat, xai_chat, other_chat\nfrom names import Provider\n"
DECOYS = {"content-parts", "parameter-names", "error-text", "content-types", "message-roles"}
WITHOUT_EDIT = {"both-arms", "few-keys", "constants-only", "other-dispatch", *DECOYS}
UNSAFE = {"item-subject", "comment-lost"}
KEPT_ALONE = [code for code in KEPT_REASONS if code not in REASONS]
KEPT_TOO = [code for code in KEPT_REASONS if code in REASONS]
THIRD = 2
FILES = {"file-name": "my-gateway.py"}
LOOP_STAYS = {"never-goes-on"}
BY_THE_CHECKER = {"not-proved"}
LOOP_HEAD = """from registry import bind_providers

(CHAT,) = bind_providers(globals(), "chat")


def ask(provider, text):
    return CHAT.resolve(provider).make_request(text)


"""


@pytest.fixture(scope="module")
def sections(pages):
    """The python listings of each section, by its heading."""
    parts = re.split(r"^### (.+)$", pages["docs/refusals.md"].text, flags=re.MULTILINE)
    listings = [re.findall(r"^```python\n(.*?)^```$", part, re.MULTILINE | re.DOTALL) for part in parts[2::2]]
    return dict(zip(parts[1::2], listings, strict=True))


@pytest.fixture
def sites(tmp_path):
    """Scan a listing; give its sites and near misses as JSON."""

    def scan(listing, *include, name="gateway.py"):
        (tmp_path / "setup.py").touch()
        file = tmp_path / name
        file.write_text(HEAD + listing)
        found = scan_json(scan_paths([file], root=tmp_path, include=include), options=Options(unsafe=True))
        return [*found["sites"], *found["near_misses"]]

    return scan


def codes(sites):
    return {reason["code"] for site in sites for reason in site["reasons"]}


def kept(sites):
    return {branch["reason"] for site in sites for branch in site["kept"]}


def decisions(sites):
    return {site["decision"] for site in sites}


def test_the_page_has_a_section_for_every_code_and_no_other(sections):
    assert list(sections) == [*REASONS, *KEPT_ALONE, *ADOPT_REASONS]


@pytest.mark.parametrize("code", REASONS)
def test_the_first_listing_of_a_reason_is_refused_with_it(code, sections, sites):
    assert code in codes(sites(sections[code][0], name=FILES.get(code, "gateway.py")))


@pytest.mark.parametrize("code", [code for code in REASONS if code not in WITHOUT_EDIT])
def test_the_edit_unlocks_what_was_refused(code, sections, sites):
    after = sites(sections[code][1])
    assert codes(after) <= ({"other-dispatch"} if code == "holds-site" else set())
    assert decisions(after) - {"refuse"} <= {"template", "lift", "partial"}
    assert decisions(after) != {"refuse"}


@pytest.mark.parametrize("code", REASONS)
def test_only_the_codes_that_the_page_names_are_unsafe(code, sections, sites):
    found = sites(sections[code][0], name=FILES.get(code, "gateway.py"))
    levels = {site["level"] for site in found if code in codes([site])}
    assert levels == {"unsafe" if code in UNSAFE else "display"}


@pytest.mark.parametrize(
    ("code", "site"), [("other-dispatch", "gateway.draw.1"), ("constants-only", "gateway.base_url.1")]
)
def test_a_chain_without_an_edit_is_taken_when_it_is_named(code, site, sections, sites):
    after = sites(sections[code][0], site)
    assert decisions(after) == {"template"}


@pytest.mark.parametrize("code", KEPT_ALONE)
def test_the_first_listing_of_a_kept_branch_is_kept_for_it(code, sections, sites):
    found = sites(sections[code][0])
    assert decisions(found) <= {"template", "lift", "partial"}
    assert code in kept(found)
    assert kept(found) <= {code, "open-predicate", "negated", "foreign-test"}


@pytest.mark.parametrize("code", KEPT_TOO)
def test_the_third_listing_of_a_reason_keeps_one_branch_for_it(code, sections, sites):
    found = sites(sections[code][THIRD])
    assert decisions(found) <= {"template", "lift", "partial"}
    assert kept(found) == {code}


@pytest.mark.parametrize("code", [code for code in REASONS if code not in KEPT_TOO])
def test_the_other_reasons_have_no_third_listing(code, sections):
    assert len(sections[code]) == (1 if code in WITHOUT_EDIT else THIRD)


@pytest.mark.parametrize("code", KEPT_ALONE)
def test_the_edit_lets_a_kept_branch_leave(code, sections, sites):
    after = sites(sections[code][1])
    assert decisions(after) <= {"template", "lift"}
    assert kept(after) == set()
    assert codes(after) == set()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_listing_compiles(number, sections):
    for code, listings in sections.items():
        for listing in listings[number : number + 1]:
            compile(listing, code, "exec")


# ---- failover loops


def loops_of(listing):
    source = parse_source("gateway.py", (LOOP_HEAD + listing).encode())
    return adopt_file(source, registry_module="registry")


@pytest.mark.parametrize("code", [code for code in ADOPT_REASONS if code not in BY_THE_CHECKER])
def test_the_first_listing_of_a_loops_reason_stays_with_it(code, sections):
    assert [loop.code for loop in loops_of(sections[code][0]).loops] == [code]


@pytest.mark.parametrize("code", [code for code in ADOPT_REASONS if code not in LOOP_STAYS | BY_THE_CHECKER])
def test_the_edit_lets_a_loop_be_adopted_and_proved(code, sections):
    found = loops_of(sections[code][1])
    assert [type(loop) for loop in found.loops] == [Adopted]
    before, after = found.source.data, found.text.encode()
    proof = certify_adoption(before={"a.py": before}, after={"a.py": after}, registry_module="registry")
    assert list(proof.findings()) == []


def test_loops_have_no_further_listing(sections):
    assert {code: len(sections[code]) for code in ADOPT_REASONS} == {
        code: 0 if code in BY_THE_CHECKER else 1 if code in LOOP_STAYS else 2 for code in ADOPT_REASONS
    }

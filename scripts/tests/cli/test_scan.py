"""``cutover scan``: what is shown, what machines get, and that nothing is touched."""

import pytest

SITE = {
    "id": str, "file": str, "start_line": int, "end_line": int, "function": str, "subject": str, "keys": list,
    "kind": str, "branches": int, "decision": str, "kept": list, "level": str, "reasons": list,
}  # fmt: skip
ACCOUNTING = ["found", "template", "lift", "partial", "refuse", "unaccounted"]


def test_a_small_gateway_is_shown_with_its_one_site(cutover, gateway):
    ran = cutover("scan", "app", cwd=gateway)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "app/desk.py: app.desk.…",
        "  answer.1  8-17  elif  4 keys  template",
        "",
        "1 found = 1 template + 0 lift + 0 partial + 0 refused, 0 unaccounted; 0 near misses; 7 files read",
    ]


def test_the_current_folder_is_scanned_when_no_path_is_named(cutover, gateway):
    assert cutover("scan", cwd=gateway).out == cutover("scan", ".", cwd=gateway).out


def test_a_reason_stands_beside_its_site_on_a_wide_screen(cutover, migrated, tmp_path):
    ran = cutover("scan", "src", cwd=migrated.copy("legacy_gateway", "legacy", tmp_path / "g"), width=120)
    line = next(line for line in ran.out.splitlines() if line.startswith("  chat_completions.1 "))
    assert line.split(maxsplit=6)[1:] == [
        "870-1042", "elif", "21", "keys", "template", "fireworks kept: bodies-differ (line 883)",
    ]  # fmt: skip


def test_a_reason_stands_below_its_site_on_a_narrow_screen(cutover, migrated, tmp_path):
    lines = cutover("scan", "src", cwd=migrated.copy("legacy_gateway", "legacy", tmp_path / "g"), width=80).out
    found = lines.splitlines()
    place = next(number for number, line in enumerate(found) if line.startswith("  chat_completions.1 "))
    assert found[place].endswith("template")
    assert found[place + 1] == "      fireworks kept: bodies-differ (line 883)"


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", ["legacy_gateway", "relay_desk"])
def test_no_line_is_wider_than_the_screen(name, width, cutover, migrated, tmp_path):
    ran = cutover("scan", cwd=migrated.copy(name, "legacy", tmp_path / "g"), width=width)
    assert max(map(len, ran.out.splitlines())) <= max(width, 70)


def test_json_has_the_promised_shape(cutover, migrated, tmp_path):
    for name in ("legacy_gateway", "relay_desk"):
        found = cutover("scan", "--json", cwd=migrated.copy(name, "legacy", tmp_path / name)).data
        assert {"sites", "blocks", "accounting", "disagreements"} <= found.keys()
        assert list(found["accounting"]) == ACCOUNTING
        assert {type(count) for count in found["accounting"].values()} == {int}
        for site in found["sites"]:
            assert {field: type(site[field]) for field in SITE} == SITE
            assert site["kind"] in {"elif", "siblings", "match", "ifexp"}
            assert site["decision"] in {"template", "lift", "partial", "refuse"}
            assert site["level"] in {"safe", "unsafe", "display"}
            assert all(set(kept) == {"key", "line", "reason"} for kept in site["kept"])
            assert all(set(reason) == {"code", "line", "message"} for reason in site["reasons"])


@pytest.mark.parametrize(("name", "first"), [("legacy_gateway", "if attempt_provider =="), ("relay_desk", "if ")])
def test_start_line_is_that_of_the_chains_first_if(name, first, cutover, migrated, tmp_path):
    root = migrated.copy(name, "legacy", tmp_path / "g")
    sites = [site for site in cutover("scan", "--json", cwd=root).data["sites"] if site["kind"] == "elif"]
    assert sites
    for site in sites:
        line = (root / site["file"]).read_text().splitlines()[site["start_line"] - 1].strip()
        assert line.startswith(first if site["decision"] == "template" else "if "), line
        assert site["keys"][0] in line


def test_the_accounting_adds_up(cutover, migrated, tmp_path):
    for name in ("legacy_gateway", "relay_desk"):
        found = cutover("scan", "--json", cwd=migrated.copy(name, "legacy", tmp_path / name)).data
        counts = found["accounting"]
        assert counts["found"] == len(found["sites"]) == sum(counts[kind] for kind in ACCOUNTING[1:])
        assert counts["unaccounted"] == 0


def test_every_refused_site_says_why_and_every_kept_branch_where(cutover, migrated, tmp_path):
    found = cutover("scan", "--json", cwd=migrated.copy("legacy_gateway", "legacy", tmp_path / "g")).data
    refused = [site for site in found["sites"] if site["decision"] == "refuse"]
    assert len(refused) == 3
    assert all(site["reasons"] and site["reasons"][0]["message"] for site in refused)
    kept = [kept for site in found["sites"] for kept in site["kept"]]
    assert [(branch["key"], branch["reason"]) for branch in kept] == [
        ("fireworks", "bodies-differ"), ("google-vertex", "bodies-differ"), ("near", "bodies-differ"),
    ]  # fmt: skip


def test_what_disagrees_is_told_with_its_place(cutover, migrated, tmp_path):
    root = migrated.copy("legacy_gateway", "legacy", tmp_path / "g")
    found = cutover("scan", "--json", cwd=root).data["disagreements"]
    assert [(finding["file"], finding["names"]) for finding in found[:2]] == [
        ("src/routes/chat.py", ["alpaca-network", "morpheus", "onerouter"]),
    ] * 2
    text = cutover("scan", cwd=root, width=300).out
    assert all(finding["message"] in text for finding in found)


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_scan_touches_nothing(as_json, cutover, migrated, tmp_path, tree):
    root = migrated.copy("relay_desk", "legacy", tmp_path / "g")
    before = tree(root)
    assert cutover("scan", *as_json, cwd=root).code == 0
    assert tree(root) == before


def test_check_finds_dispatch_that_is_left(cutover, gateway):
    assert cutover("scan", "--check", cwd=gateway).code == 1


def test_check_is_content_where_none_is_left(cutover, applied):
    assert cutover("finish", cwd=applied).code == 0
    assert cutover("scan", "--check", cwd=applied).code == 0


def test_a_folder_without_dispatch_is_no_error_for_a_scan(cutover, gateway):
    ran = cutover("scan", "app/clients", cwd=gateway)
    assert ran.code == 0
    assert ran.out.startswith("no dispatch found in 5 files\n")


def test_a_site_of_other_keys_is_refused_until_it_is_included(cutover, gateway):
    with (gateway / "app" / "desk.py").open("a") as desk:
        desk.write("\n\ndef paint(colour):\n")
        for number, colour in enumerate(("red", "green", "blue")):
            desk.write(f'    {"elif" if number else "if"} colour == "{colour}":\n')
            desk.write(f"        return ask_{('alpha', 'beta', 'gamma')[number]}(colour)\n")
    plain = cutover("scan", "--json", cwd=gateway).data
    included = cutover("scan", "--json", "--include", "app.desk.paint.1", cwd=gateway).data
    assert [site["decision"] for site in plain["sites"]] == ["template"]
    assert [site["decision"] for site in included["sites"]] == ["template", "template"]


def test_an_unknown_site_to_include_is_named(cutover, gateway):
    said = cutover("scan", "--include", "app.desk.nothing.1", cwd=gateway).refused()
    assert said == "app.desk.nothing.1: no site has this id; `cutover scan` lists them"


def test_one_file_that_does_not_parse_is_told_and_the_others_are_scanned(cutover, gateway):
    (gateway / "app" / "broken.py").write_text("x = = 1\n")
    ran = cutover("scan", cwd=gateway)
    assert ran.code == 0
    assert "not read app/broken.py:1: invalid syntax" in ran.out
    assert "1 found = 1 template" in ran.out
    unread = cutover("scan", "--json", cwd=gateway).data["unread"]
    assert unread == [{"file": "app/broken.py", "line": 1, "reason": "invalid syntax"}]

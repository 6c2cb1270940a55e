"""What every answer carries, and the files of the page."""

import gzip
import re

import pytest

from cutover_telemetry.dashboard import assets, script, style_sheet

PATHS = ["/", "/api/overview", "/api/page", "/health", "/nowhere", "/?wrong=1", "/sign-in", "/assets/x/y.js"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_what_the_page_does_not_need(client, path):
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["style-src"] == "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert headers["cache-control"] == "no-store"


def test_the_page_has_neither_inline_script_nor_style(client):
    html = client.get("/").text
    assert re.findall(r"<script(?![^>]* src=)(?! type=\"application/json\")", html) == []
    assert "<style" not in html
    assert " style=" not in html
    assert "http://" not in html.replace("http://www.w3.org", "")


def test_the_files_that_the_page_names_are_served_for_ever(client):
    html = client.get("/").text
    named = set(re.findall(r'"(/assets/[^"]+)"', html))
    assert {path.rpartition("/")[2] for path in named} == {asset.name for asset in assets().values()}
    for path in named:
        answer = client.get(path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == assets()[path.removeprefix("/assets/")].body


def test_a_file_comes_unpacked_to_whoever_cannot_unpack(client):
    path = next(path for path in assets() if path.endswith("main.js"))
    answer = client.get(f"/assets/{path}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert gzip.decompress(assets()[path].packed) == answer.content
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/assets/../_app.py", "/assets/0000/main.js", "/assets/", "/assets/%2e%2e/_app.py"])
def test_no_other_file_is_served(client, path):
    assert client.get(path).status_code == 404


def test_scripts_of_ours_write_no_html():
    text = script()
    assert "import " not in text.replace("import(", "")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in text


def test_every_module_of_the_page_can_stand_in_one_file():
    declared = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script(), re.MULTILINE)
    assert sorted(declared) == sorted(set(declared))


def test_styles_take_nothing_from_elsewhere():
    assert "url(" not in style_sheet()
    assert "@import" not in style_sheet()


def test_other_methods_are_refused(client):
    assert client.post("/").status_code == 405
    assert client.post("/events").status_code == 405
    assert client.get("/api/actions/kill").status_code == 405


def test_the_sign_of_life_says_nothing_of_the_store(opened, tmp_path):
    assert opened(tmp_path / "none.db").get("/health").json() == {"status": "ok"}

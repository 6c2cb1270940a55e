"""A tiny package in the unpacked form of a wheel: one chain that is rewritten, one refused, and a file of no Python."""

import textwrap

import pytest

from ecosystem_run import Journey, Label, travel

FILES = {
    "quill/__init__.py": "",
    "quill/clients.py": """\
        def ask_ash(text): return text
        def ask_elm(text): return text.upper()
        def ask_oak(text): return text[::-1]
        def ask_fir(text): return text * 2
        """,
    "quill/answer.py": """\
        from quill.clients import ask_ash, ask_elm, ask_fir, ask_oak


        def answer(provider, text):
            if provider == "ash":
                return ask_ash(text)
            elif provider == "elm":
                return ask_elm(text)
            elif provider == "oak":
                return ask_oak(text)
            elif provider == "fir":
                return ask_fir(text)
            raise ValueError(provider)


        PROVIDER = "ash"
        if PROVIDER == "ash":
            asked = ask_ash
        elif PROVIDER == "elm":
            asked = ask_elm
        elif PROVIDER == "oak":
            asked = ask_oak
        elif PROVIDER == "fir":
            asked = ask_fir
        """,
    "quill/template.py": "from {{ package }} import answer\n",
    "quill-1.0.dist-info/METADATA": "Name: quill\n",
}


def lay(place):
    root = place / "cutover-ecosystem" / "quill==1.0"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(textwrap.dedent(text), encoding="utf-8", newline="\n")
    return root


def usual_label(**fields):
    usual = {"package": "quill", "version": "1.0", "file": "quill/answer.py", "line": 5, "end_line": 12}
    return usual | {"subject": "provider", "branches": 4, "label": "template", "why": "one callee"} | fields


@pytest.fixture
def folder(tmp_path):
    """The cache's folder of the package."""
    return lay(tmp_path)


@pytest.fixture(scope="session")
def label():
    """A label in the form of the file, of the chain that is rewritten, with some fields changed."""
    return usual_label


@pytest.fixture(scope="session")
def travelled(tmp_path_factory):
    """The journey of the package, made once, and the steps at which its row was saved."""
    place, steps = tmp_path_factory.mktemp("travelled"), []
    refused = usual_label(line=17, end_line=24, subject="PROVIDER", label="refuse", why="module body")
    labels = (Label(**usual_label()), Label(**refused))
    row = {"package": "quill==1.0"}
    journey = Journey(lay(place), place / "copy", lambda row: steps.append(row["step"]), labels, row=row)
    travel(journey)
    return journey, steps

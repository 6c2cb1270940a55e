"""Chains whose bodies move to handlers, and branches that import: names that tests patch reach the moved code too."""

import re

import pytest

LIFTED = """

def chat(provider, model):
    if provider == "a":
        first = make_a(model)
        done = done_a(first, 1)
    elif provider == "b":
        done = done_b(make_b(model), model)
    elif provider == "c":
        done = [make_c(model) for _ in range(2)]
    elif provider == "d":
        model = model + "/d"
        done = done_d(make_d(model))
    else:
        raise LookupError(provider)
    return done
"""
PATCHED = """
def other(*args, **options):
    return "patched"

for name in ("make_a", "done_b", "make_c", "done_d"):
    with mock.patch("desk.chat." + name, other): seen()
    with mock.patch.object(chat, name, other): seen()
"""


def test_a_lifted_chain_reads_its_names_from_the_module(audit):
    found = audit(chain=LIFTED, probe=PATCHED + "import desk.other; print(desk.other.A, chat.make_a('y'))",
                  files={"desk/other.py": "from desk.chat import make_a\nA = make_a('x')\n"})  # fmt: skip
    assert re.search(r"^def _chat_a\(", found.texts["finished"], re.MULTILINE)
    assert "from desk.clients.a import done_a, make_a\n" in found.texts["finished"]


def test_a_lifted_chain_behind_safe_imports(audit, safe_imports):
    found = audit(imports=safe_imports, chain=LIFTED, clients="abd", probe=PATCHED + "print(chat.IMPORT_ERRORS)")
    assert "_a = load(" in found.texts["finished"]


def test_a_lifted_chain_behind_try_statements(audit, each_client):
    form = "try:\n    from desk.clients.{} import done_{}, make_{}\nexcept ImportError:\n    done_{} = make_{} = None\n"
    audit(imports=each_client(form), chain=LIFTED, clients="abd", probe=PATCHED)


@pytest.mark.parametrize("home", [True, False])
def test_imports_inside_branches_follow_the_clients_own_names(audit, chain, home):
    lazy = re.sub(
        r"        raw = make_(.)\(",
        r"        from desk.clients.\1 import done_\1, make_\1\n\n        raw = make_\1(",
        chain,
    )
    probe = """
        import desk.clients.a, desk.clients.b
        with mock.patch("desk.clients.a.make_a", lambda *args: "patched at home"): seen()
        with mock.patch("desk.clients.b.done_b", lambda *args: "patched at home"): seen()
        print(hasattr(chat, "make_a"))
    """
    found = audit(
        imports="", chain=lazy, probe=probe if home else "print('desk.clients.d' in __import__('sys').modules)"
    )
    assert "hasattr" not in found.texts["finished"]


def test_imports_at_the_head_of_the_function_follow_them_too(audit, chain, each_client):
    lines = each_client("    from desk.clients.{} import done_{}, make_{}\n")
    lazy = chain.replace("(provider, model):\n", f"(provider, model):\n{lines}\n")
    probe = """
        with mock.patch("desk.clients.a.make_a", lambda *args: "patched at home"): seen()
        print(hasattr(chat, "make_a"))
    """
    audit(imports="", chain=lazy, probe=probe)

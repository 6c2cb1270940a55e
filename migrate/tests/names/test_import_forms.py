"""Import blocks in every form met in the field: rewritten and still working, or kept with the reason."""

import re
import textwrap

import pytest

FROM = "from desk.clients.{} import done_{}, make_{}\n"
GUARDED = {
    "none": (
        "try:\n    from desk.clients.{} import done_{}, make_{}\nexcept ImportError:\n    done_{} = make_{} = None\n"
    ),
    "stubs": (
        "try:\n    from desk.clients.{} import done_{}, make_{}\nexcept ImportError as error:\n"
        "    def make_{}(*args, **options):\n        raise RuntimeError('{} is away')\n"
        "    def done_{}(*args):\n        return None\n"
    ),
    "flags": (
        "try:\n    from desk.clients.{} import done_{}, make_{}\n    HAS_{} = True\n"
        "except ImportError:\n    HAS_{} = False\n    make_{} = done_{} = str\n"
    ),
    "flag first": (
        "HAS_{} = True\ntry:\n    from desk.clients.{} import done_{}, make_{}\n"
        "except ImportError:\n    HAS_{} = False\n"
    ),
    "none first": (
        "make_{} = done_{} = None\ntry:\n    from desk.clients.{} import done_{}, make_{}\n"
        "except Exception:\n    pass\n"
    ),
    "errors kept": (
        "ERRORS_{} = None\ntry:\n    from desk.clients.{} import done_{}, make_{}\nexcept ImportError as error:\n"
        "    ERRORS_{} = str(error)\n    make_{} = done_{} = str\n"
    ),
    "else": (
        "try:\n    import desk.clients.{}\nexcept ImportError:\n    make_{} = done_{} = None\n"
        "else:\n    from desk.clients.{} import done_{}, make_{}\n"
    ),
    "module": (
        "try:\n    from desk.clients import {} as module_{}\n"
        "    make_{}, done_{} = module_{}.make_{}, module_{}.done_{}\n"
        "except ImportError:\n    make_{} = done_{} = None\n"
    ),
}
TRY = "a try statement decides what its names are"


def patched(name):
    """Patch a name of the chat module in every way that tests do, and look each time."""
    text = f"""
        def other(*args, **options):
            return "patched"

        import pytest
        with mock.patch("desk.chat.{name}", other): seen()
        with mock.patch.object(chat, "{name}", other): seen()
        with mock.patch.multiple(chat, {name}=other): seen()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("desk.chat.{name}", other); seen()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(chat, "{name}", other); seen()
        kept = chat.{name}
        setattr(chat, "{name}", other); seen()
        setattr(chat, "{name}", kept); seen()
        print(chat.{name} is kept)
    """
    return textwrap.dedent(text)


@pytest.mark.parametrize(
    "form",
    [
        FROM,
        "from desk.clients.{} import (\n    done_{},  # how it ends\n    make_{},\n)\n",
        "from desk.clients.{} import \\\n    done_{}, make_{}\n",
        "from desk.clients.{} import done_{} as done_{}, make_{} as make_{}\n",
        "from .clients.{} import done_{}, make_{}\n",
        "from desk.clients.{} import done_{}\nfrom desk.clients.{} import make_{}\n",
        "# the client {}\nfrom desk.clients.{} import done_{}, make_{}  # noqa: E402\n\n",
    ],
    ids=["plain", "parenthesised", "continued", "as itself", "relative", "twice from one", "commented"],
)
def test_from_imports_are_rewritten(audit, each_client, form):
    found = audit(imports=each_client(form), probe=patched("make_a") + patched("done_b"))
    assert found.is_rewritten("imports")
    assert not re.search(r"^\s*from \S*clients\.[abcd] import", found.texts["finished"], re.MULTILINE)


def test_aliased_imports_are_rewritten(audit, each_client, chain):
    found = audit(
        imports=each_client("from desk.clients.{} import done_{}, make_{} as ask_{}\n"),
        chain=chain.replace("make_", "ask_"),
        probe=patched("ask_a") + "print(hasattr(chat, 'make_a'))",
    )
    assert found.is_rewritten("imports")


def attributes(chain, form):
    return re.sub(r"(make|done)_(\w)\(", lambda call: form.format(call[2], f"{call[1]}_{call[2]}") + "(", chain)


@pytest.mark.parametrize(
    ("imports", "form"),
    [
        ("import desk.clients.{} as {}_client\n", "{}_client.{}"),
        ("from desk.clients import {} as {}_client\n", "{}_client.{}"),
        ("from .clients import {} as {}_client\n", "{}_client.{}"),
    ],
)
def test_module_imports_with_attribute_calls_are_rewritten(audit, each_client, chain, imports, form):
    probe = """
        with mock.patch("desk.chat.a_client.make_a", lambda *args: "patched"): seen()
        with mock.patch("desk.chat.b_client") as whole:
            whole.done_b.return_value = "patched"
            seen()
        with mock.patch("desk.clients.a.make_a", lambda *args: "patched at home"): seen()
    """
    found = audit(imports=each_client(imports), chain=attributes(chain, form), probe=probe)
    assert found.is_rewritten("imports")


def test_modules_of_one_statement_are_rewritten(audit, chain):
    found = audit(imports="from desk.clients import a, b, c, d\n", chain=attributes(chain, "{}.{}"))
    assert found.is_rewritten("imports")


def test_modules_of_one_statement_with_another_are_kept(audit, chain):
    found = audit(
        imports="from desk.clients import a, b, c, d, extra\n",
        chain=attributes(chain, "{}.{}"),
        files={"desk/clients/extra.py": "X = 1\n"},
        probe="print(chat.extra.X)",
    )
    assert found.reasons("imports") == ["an import statement that brings in other modules too"]


def test_the_packages_own_name_is_kept(audit, each_client, chain):
    found = audit(imports=each_client("import desk.clients.{}\n"), chain=attributes(chain, "desk.clients.{}.{}"))
    assert found.reasons("imports") == ["it binds the package's own name, which is not a provider's"]


def test_other_names_of_a_statement_stay_imported(audit, each_client):
    found = audit(
        imports=each_client("from desk.clients.{} import Client_{}, EXTRA_{}, done_{}, make_{}\n"),
        after="\ndef extra(kind: Client_a = EXTRA_a) -> 'Client_b':\n    return kind\n",
        probe="print(chat.extra(), chat.EXTRA_d, chat.extra.__annotations__)",
    )
    assert "from desk.clients.a import Client_a, EXTRA_a\n" in found.texts["finished"]


@pytest.mark.parametrize("door", ["desk/clients/__init__.py", "desk/clients/every.py"])
def test_one_statement_for_every_provider_is_rewritten(audit, each_client, plain, door):
    module = door.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    names = ", ".join(each_client("make_{} done_{} ").split())
    found = audit(imports=f"from {module} import {names}\n", files={door: plain}, probe=patched("make_a"))
    assert found.is_rewritten("imports")


@pytest.mark.parametrize("away", ["", "c", "ad"])
@pytest.mark.parametrize("read", ['.get("{}")', '["{}"]'], ids=["get", "item"])
def test_a_safe_import_helper_is_used_on(audit, safe_imports, read, away):
    imports = re.sub(r'\.get\("(\w+)"\)', lambda call: read.format(call[1]), safe_imports)
    found = audit(
        imports=imports,
        clients=sorted({*"abcd"} - {*away}),
        probe=patched("make_a") + "print(chat.IMPORT_ERRORS)",
    )
    assert found.is_rewritten("imports")
    assert 'bind_providers(globals(), "chat", load=load, load_by="name")' in found.texts["finished"]


@pytest.mark.parametrize("away", ["", "c"])
@pytest.mark.parametrize("form", GUARDED)
def test_imports_in_a_try_statement_are_kept(audit, each_client, form, away):
    fallback = form not in {"flag first"}
    if away and not fallback:
        probe = "print('make_c' in vars(chat))"
    else:
        probe = patched("make_c") + "print(sorted(name for name in vars(chat) if name.startswith(('HAS', 'ERR'))))"
    found = audit(imports=each_client(GUARDED[form]), clients=sorted({*"abcd"} - {*away}), probe=probe)
    assert found.reasons("imports") == [TRY]
    assert [line for line, _, _ in found.decided("imports")] == sorted(line for line, _, _ in found.decided("imports"))


def test_one_try_statement_for_every_client_is_kept(audit, each_client):
    imports = "try:\n" + each_client(f"    {FROM}") + "except ImportError:\n    raise\n"
    assert audit(imports=imports, probe=patched("make_a")).decided("imports") == [(2, "keep", TRY)]


def test_suppressed_imports_are_kept(audit, each_client):
    imports = "import contextlib\n" + each_client(f"with contextlib.suppress(ImportError):\n    {FROM}")
    found = audit(imports=imports, probe=patched("make_a"))
    assert found.reasons("imports") == ["a with statement decides what its names are"]


@pytest.mark.parametrize("fallback", ["else:\n    make_c = done_c = None\n", ""])
@pytest.mark.parametrize("on", [True, False])
def test_a_conditional_import_is_kept_and_the_others_go(audit, each_client, fallback, on):
    middle = f"if settings.C:\n    {FROM}{fallback}".replace("{}", "c")
    imports = "from desk.config import settings\n" + each_client(FROM, "ab") + middle + each_client(FROM, "d")
    found = audit(imports=imports, files={"desk/config/settings.py": f"C = {on}\n"}, probe=patched("make_a"))
    assert [decision for _, decision, _ in found.decided("imports")] == ["rewrite", "keep", "rewrite"]
    assert "an if statement decides what its names are" in {reason for *_, reason in found.decided("imports")}
    assert middle in found.texts["finished"]


def test_imports_for_type_checkers_stay(audit, plain, chain):
    typing = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from desk.clients.a import Client_a\n\n"
    chain = chain.replace("(provider, model)", "(provider, model: 'Client_a')")
    found = audit(imports=typing + plain, chain=chain, probe="print(chat.chat.__annotations__)")
    assert found.is_rewritten("imports")
    assert typing in found.texts["finished"]


def test_a_providers_function_that_type_checkers_see_too_is_kept(audit, plain):
    typing = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from desk.clients.a import make_a\n"
    found = audit(imports=typing + plain, probe=patched("make_a"))
    assert found.decided("imports")[:2] == [
        (3, "keep", "it is for type checkers only, and never runs"),
        (5, "keep", "the file binds a name of it again"),
    ]


def test_names_that_are_bound_twice_are_kept(audit, plain):
    found = audit(imports=plain + plain, probe=patched("make_a"))
    assert found.reasons("imports") == ["the file binds a name of it again"]


@pytest.mark.parametrize(
    "again",
    [
        "\ndef swap():\n    global make_a\n    make_a = lambda *args: 'swapped'\n",
        "\ndef swap():\n    global make_a\n    del make_a\n",
    ],
)
def test_a_name_that_a_function_binds_again_is_kept(audit, again):
    found = audit(after=again, probe="chat.swap(); seen()")
    assert found.decided("imports")[0] == (2, "keep", "the file binds a name of it again")
    assert "from desk.clients.a import done_a, make_a\n" in found.texts["finished"]


def test_statements_that_share_a_line_are_kept(audit, each_client):
    imports = each_client("from desk.clients.{} import done_{}; from desk.clients.{} import make_{}\n")
    found = audit(imports=imports, probe=patched("make_a"))
    assert found.reasons("imports") == ["a statement that shares its line with another"]


def test_two_forms_in_one_file_keep_the_rarer(audit, each_client, safe_imports):
    imports = safe_imports.partition("_d = ")[0] + each_client(FROM, "d")
    found = audit(imports=imports, probe=patched("make_d") + "print(chat.IMPORT_ERRORS)")
    assert [decision for _, decision, _ in found.decided("imports")] == ["rewrite", "keep"]
    assert found.decided("imports")[1][2] == "another import form than the file's other providers"


@pytest.mark.parametrize("where", ["end", "middle"])
def test_imports_below_other_code_are_rewritten(audit, plain, where):
    if where == "end":
        found = audit(imports="", after=f"\n{plain}", probe=patched("make_a"))
    else:
        found = audit(
            imports="LIMIT = 1\n" + plain + "OTHER = 2\n",
            after="\nEARLY = make_a(LIMIT), OTHER\n",
            probe=patched("make_a") + "print(chat.EARLY)",
        )
    assert found.is_rewritten("imports")

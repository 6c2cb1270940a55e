"""Which names, paths and enum members stand for which text, through imports; and which do not."""

import ast
import textwrap

import pytest

from cutover_migrate.find import Constant, Constants, ModuleMap, NotText, find_chains, read_tree

ENUMS = """
    import enum
    from enum import Enum, IntEnum, StrEnum, auto, unique

    class Text(str, Enum):
        \"\"\"Shown as themselves.\"\"\"
        NEAR = "near"
        far: str = "far"
        label = lambda self: "x"
        def __str__(self):
            return self.value

    @unique
    class Strings(StrEnum):
        NEAR = "near"
        FAR = auto()

    class Dotted(str, enum.Enum):
        NEAR = "near"

    class Plain(Enum):
        NEAR = "near"
        FIVE = 5

    class Number(IntEnum):
        NEAR = 1

    class Old(int, Enum):
        NEAR = 1

    class Base(str, Enum):
        def __repr__(self):
            return "B"

    class Below(Base):
        NEAR = "near"

    class Labels:
        def label(self):
            return "x"

    class Mixed(Labels, str, Enum):
        NEAR = "near"
"""


@pytest.fixture
def meaning(tree):
    """What an expression, the last of the file ``chat.py``, stands for."""

    def ask(text, files=(), **options):
        root = tree({**dict(files), "chat.py": text})
        found = read_tree([root], root=root)
        module = found.sources["chat.py"].tree
        scopes, last = (), module.body[-1]
        while isinstance(last, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            scopes, last = (*scopes, last), last.body[-1]
        constants = Constants(ModuleMap(root, found.sources, **options), found.sources)
        answer = constants.meaning_of("chat.py", last.value, scopes=scopes)
        assert constants.text_of("chat.py", last.value, scopes=scopes) == getattr(answer, "text", None)
        assert constants.definitions == getattr(answer, "definitions", set())
        return answer

    return ask


@pytest.mark.parametrize(
    "text",
    [
        'NEAR = "near"\nNEAR',
        'near = "near"\nnear',
        'NEAR: Final = "near"\nNEAR',
        "if flag:\n    OTHER = 1\nNEAR = 'near'\nNEAR",
        "from names import *\nNEAR = 'near'\nNEAR",
        'NEAR = "near"\ndef f(x):\n    NEAR',
        'NEAR = "near"\nclass C:\n    NEAR = 3\n    def f(self):\n        NEAR',
    ],
)
def test_a_name_that_is_bound_once_to_a_text_stands_for_it(meaning, text):
    assert meaning(text) == Constant("near", frozenset({"chat.py"}))


@pytest.mark.parametrize(
    "text",
    [
        "NEAR",
        'NEAR = "near"\nNEAR = "far"\nNEAR',
        'NEAR = "near"\nNEAR += "x"\nNEAR',
        'NEAR = "near"\ndel NEAR\nNEAR',
        'if flag:\n    NEAR = "near"\nNEAR',
        'try:\n    NEAR = "near"\nexcept E:\n    pass\nNEAR',
        'NEAR = OTHER = "near"\nNEAR',
        'NEAR, OTHER = "near", "far"\nNEAR',
        'NEAR = "near"\nfor NEAR in names: pass\nNEAR',
        'NEAR = "near"\nfrom names import *\nNEAR',
        'NEAR = "near"\ndef set(x):\n    global NEAR\n    NEAR = x\nNEAR',
        'NEAR = "near"\nglobals()["NEAR"] = 1\nNEAR',
        'NEAR = "near"\ndef set(name):\n    globals()[name] = 1\nNEAR',
        'NEAR = "near"\nglobals().update(NEAR=1)\nNEAR',
        'NEAR = "near"\nx = (NEAR := "far")\nNEAR',
        'NEAR = "near"\nimport sys\nsys.modules[__name__] = Lazy()\nNEAR',
        'NEAR = "near"\nwith x as NEAR: pass\nNEAR',
        'NEAR = "near"\nmatch x:\n    case [*NEAR]: pass\nNEAR',
        'NEAR = "near"\nmatch x:\n    case {**NEAR}: pass\nNEAR',
        'NEAR = "near"\ndef NEAR(): pass\nNEAR',
        'NEAR = "near"\ndef f(NEAR):\n    NEAR',
        'NEAR = "near"\ndef f():\n    NEAR = x\n    NEAR',
        'NEAR = "near"\ndef f(NEAR):\n    def g():\n        NEAR',
        'NEAR = "near"\nclass C:\n    NEAR = "far"\n    NEAR',
        'NEAR = "ne" + "ar"\nNEAR',
        'NEAR = f"near"\nNEAR',
        "NEAR = os.getenv('NEAR')\nNEAR",
        'near = "near"\nnear()',
        'near = "near"\nnear["x"]',
        "def near(): pass\nnear",
        "class near: pass\nnear",
    ],
)
def test_a_name_that_could_be_anything_else_is_not_followed(meaning, text):
    assert meaning(text) == NotText("key-not-literal")


@pytest.mark.parametrize("value", ["3", "None", "b'x'", "True", "1.5"])
def test_a_constant_that_is_no_text_is_told_as_such(meaning, value):
    assert meaning(f"NEAR = {value}\nNEAR") == NotText("key-not-text")


NAMES = {"names.py": 'NEAR = "near"', "desk/__init__.py": "", "desk/keys.py": 'near = "near"\nfrom names import NEAR'}


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("from names import NEAR\nNEAR", {"names.py"}),
        ("from names import NEAR as N\nN", {"names.py"}),
        ("import names\nnames.NEAR", {"names.py"}),
        ("import names as n\nn.NEAR", {"names.py"}),
        ("import desk.keys\ndesk.keys.near", {"desk/__init__.py", "desk/keys.py"}),
        ("import desk.keys\nimport desk.other\ndesk.keys.near", {"desk/__init__.py", "desk/keys.py"}),
        ("import desk.keys as k\nk.near", {"desk/keys.py"}),
        ("from desk import keys\nkeys.near", {"desk/__init__.py", "desk/keys.py"}),
        ("from desk.keys import NEAR\nNEAR", {"desk/keys.py", "names.py"}),
        ("def f():\n    from names import NEAR\n    NEAR", {"names.py"}),
        ("def f():\n    from names import NEAR\n    def g():\n        NEAR", {"names.py"}),
    ],
)
def test_a_constant_is_followed_through_imports(meaning, text, files):
    assert meaning(text, NAMES) == Constant("near", frozenset({"chat.py", *files}))


def test_a_relative_import_is_followed(tree):
    root = tree({"desk/__init__.py": "", "desk/keys.py": 'NEAR = "near"', "desk/web/__init__.py": ""})
    root = tree({"desk/web/chat.py": "from ..keys import NEAR\nfrom .. import keys\nkeys.NEAR"})
    found = read_tree([root], root=root)
    constants = Constants(ModuleMap(root, found.sources), found.sources)
    node = found.sources["desk/web/chat.py"].tree.body[-1].value
    assert constants.text_of("desk/web/chat.py", node) == "near"
    assert constants.definitions == {"desk/web/chat.py", "desk/__init__.py", "desk/keys.py"}


def test_a_file_beside_the_scanned_ones_is_read_too(tree):
    root = tree({"web/chat.py": "from names import NEAR\nNEAR", "names.py": 'NEAR = "near"'})
    found = read_tree([root / "web"], root=root)
    assert list(found.sources) == ["web/chat.py"]
    constants = Constants(ModuleMap(root, found.sources, import_root=""), found.sources)
    node = found.sources["web/chat.py"].tree.body[-1].value
    assert constants.text_of("web/chat.py", node) == "near"


@pytest.mark.parametrize(
    "text",
    [
        "from elsewhere import NEAR\nNEAR",
        "from names import FAR\nFAR",
        "import names\nnames.FAR",
        "import names\nnames.NEAR.x",
        "try:\n    from names import NEAR\nexcept ImportError:\n    NEAR = 'x'\nNEAR",
        "from names import NEAR\nfrom other import NEAR\nNEAR",
        "if TYPE_CHECKING:\n    from names import NEAR\nNEAR",
        "def f():\n    if x:\n        from names import NEAR\n    NEAR",
        "def f():\n    from names import NEAR\n    NEAR = 3\n    NEAR",
        "def f():\n    def g():\n        from names import NEAR\n    NEAR",
        "from broken import NEAR\nNEAR",
        "from round import NEAR\nNEAR",
        "from both import keys\nkeys.NEAR",
        "from open import keys\nkeys.NEAR",
        "from ...... import NEAR\nNEAR",
    ],
)
def test_an_import_that_does_not_lead_to_one_text_is_not_followed(meaning, text):
    files = {
        **NAMES,
        "broken.py": "NEAR = 'near'\ndef",
        "round.py": "from back import NEAR",
        "back.py": "from round import NEAR",
        "both/__init__.py": "keys = object()",
        "both/keys.py": "NEAR = 'near'",
        "open/__init__.py": "from names import *",
        "open/keys.py": "NEAR = 'near'",
    }
    assert meaning(text, files, import_root="") == NotText("key-not-literal")


@pytest.mark.parametrize("cls", ["Text", "Strings", "Dotted", "Below", "Mixed"])
def test_a_member_of_an_enum_of_texts_stands_for_its_text(meaning, cls):
    files = {"enums.py": ENUMS}
    assert meaning(f"import enums\nenums.{cls}.NEAR", files) == Constant("near", frozenset({"chat.py", "enums.py"}))
    assert meaning(f"from enums import {cls}\n{cls}.NEAR.value", files).text == "near"


def test_a_member_in_lower_case_is_one_too(meaning):
    assert meaning("from enums import Text\nText.far", {"enums.py": ENUMS}).text == "far"


@pytest.mark.parametrize("cls", ["Plain", "Number", "Old"])
def test_a_member_of_another_enum_is_no_text(meaning, cls):
    assert meaning(f"from enums import {cls}\n{cls}.NEAR", {"enums.py": ENUMS}) == NotText("enum-not-text")


def test_the_value_of_any_enum_member_is_read(meaning):
    assert meaning("from enums import Plain\nPlain.NEAR.value", {"enums.py": ENUMS}).text == "near"
    assert meaning("from enums import Plain\nPlain.FIVE.value", {"enums.py": ENUMS}) == NotText("key-not-text")


@pytest.mark.parametrize(
    "expression",
    ["Text.missing", "Text.label", "Text.NEAR.name", "Text.NEAR.value.x", "Strings.FAR", "Labels.label", "Text"],
)
def test_other_attributes_of_an_enum_are_not_followed(meaning, expression):
    text = f"from enums import Text, Strings, Labels\n{expression}"
    assert meaning(text, {"enums.py": ENUMS}) == NotText("key-not-literal")


@pytest.mark.parametrize(
    "body",
    [
        "class P(str, Enum):\n    def __eq__(self, other): ...\n    NEAR = 'near'",
        "class P(str, Enum):\n    def __hash__(self): ...\n    NEAR = 'near'",
        "class P(str, Enum):\n    __hash__ = None\n    NEAR = 'near'",
        "class P(str, Enum):\n    @classmethod\n    def _missing_(cls, value): ...\n    NEAR = 'near'",
        "class P(str, Enum):\n    def _generate_next_value_(name, *rest): ...\n    NEAR = 'near'",
        "class P(str, Enum):\n    def __new__(cls, value): ...\n    NEAR = 'near'",
        "class P(str, Enum):\n    _ignore_ = ['NEAR']\n    NEAR = 'near'",
        "class P(Enum):\n    @property\n    def value(self): ...\n    NEAR = 'near'",
        "class P(str, Enum):\n    NEAR = 'near'\n    NEAR = 'far'",
        "class P(str, Enum):\n    NEAR: str",
        "class P(str, Enum):\n    if x:\n        NEAR = 'near'",
        "class P(str, Enum):\n    NEAR, FAR = 'near', 'far'",
        "class P(str, Enum, metaclass=M):\n    NEAR = 'near'",
        "@other\nclass P(str, Enum):\n    NEAR = 'near'",
        "class P(str, Enum, Unknown):\n    NEAR = 'near'",
        "class P(*bases):\n    NEAR = 'near'",
        "class P(P):\n    NEAR = 'near'",
        "class P(str):\n    NEAR = 'near'",
        "class P:\n    NEAR = 'near'",
        "str = object\nclass P(str, Enum):\n    NEAR = 'near'",
        "class P(str, Enum):\n    NEAR = 'near'\nP = other",
        "class Eq:\n    def __eq__(self, other): ...\nclass P(Eq, str, Enum):\n    NEAR = 'near'",
    ],
)
def test_an_enum_that_decides_something_itself_is_not_followed(meaning, body):
    for read in ("P.NEAR", "P.NEAR.value"):
        assert meaning(f"from enum import Enum\n{body}\n{read}") == NotText("key-not-literal")


def test_an_enum_module_of_the_projects_own_is_not_pythons(meaning):
    text = "from enum import Enum\nclass P(str, Enum):\n    NEAR = 'near'\nP.NEAR"
    assert meaning(text).text == "near"
    assert meaning(text, {"enum.py": "class Enum: pass"}, import_root="") == NotText("key-not-literal")


def test_a_chain_over_constants_of_any_case_is_found(tree):
    root = tree(
        {
            "names.py": 'near = "near"\nfar = "far"\nclass Kind:\n    near = 1',
            "chat.py": textwrap.dedent(
                """
                import names
                from names import near, Kind
                def chat(p, q):
                    if p == near:
                        return 1
                    elif p == names.far:
                        return 2
                    if p == q:
                        return 3
                    elif p == q.name or p == Kind.near:
                        return 4
                    elif p == chat:
                        return 5
                """
            ),
        }
    )
    found = read_tree([root], root=root)
    constants = Constants(ModuleMap(root, found.sources), found.sources)
    source = found.sources["chat.py"]
    (chain,) = find_chains(source.tree, is_key=constants.is_key("chat.py"))
    keys = [key for branch in chain.branches for key in branch.keys]
    assert [key.text for key in keys] == ["near", "names.far"]
    assert [constants.text_of("chat.py", key.node, scopes=chain.scopes) for key in keys] == ["near", "far"]
    assert find_chains(source.tree) == []

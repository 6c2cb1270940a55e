"""Keys that are spelled as constants and enum members, looked up in the project's files."""

import pytest

from cutover_migrate.certificate import certify

ENUMS = b'''\
"""Providers."""
import enum
from enum import Enum, StrEnum, unique

NEAR = "near"
FAR: str = "far"
TWICE = "near"
TWICE = "far"
if NEAR:
    MAYBE = "near"
NUMBER = 1
MADE = "ne" + "ar"


def change():
    global LOOSE
    LOOSE = "far"


LOOSE = "near"


@unique
class P(str, Enum):
    """Text members."""

    NEAR = "near"
    FAR = "far"

    def __str__(self):
        return self.value

    @property
    def label(self):
        return "x"


class S(StrEnum):
    NEAR = "near"
    FAR = enum.auto()


class Plain(enum.Enum):
    NEAR = "near"
    FAR = "far"


class Equal(str, Enum):
    NEAR = "near"

    def __eq__(self, other):
        return False


class Missing(str, Enum):
    NEAR = "near"

    @classmethod
    def _missing_(cls, value):
        return cls.NEAR


class Base(P):
    pass


class Mixed(Enum, str):
    NEAR = "near"


class Meta(str, Enum, metaclass=type(P)):
    NEAR = "near"


class Same(str, Enum):
    NEAR = "far"
    NEAR = "near"


class Value(Enum):
    NEAR = "near"

    @property
    def value(self):
        return "far"
'''
SETTINGS = b"from src.models.enums import NEAR, P as Provider\nfrom . import models\n"
HEAD = "from src.near import make_near\nfrom src.far import make_far\n"
IMPORTS = """\
import src.models.enums
from src.models import enums
from src.models.enums import *
from src.models.enums import P, S, Plain, Equal, Missing, Base, Mixed, Meta, Same, Value
from src.models.enums import NEAR, FAR, TWICE, MAYBE, NUMBER, MADE, LOOSE
from src.settings import NEAR as NEAR2, Provider
from src import settings
LOCAL = "near"
"""
CONFIG = b"""\
SLOTS = {"make": "make_{}"}
SITES = {"chat": {"slots": ["make"]}}
PROVIDER_CONFIGS = {
    "near": {"module_name": "src.near", "sites": "*"}, "far": {"module_name": "src.far", "sites": "*"},
}
"""
FILES = {"src/models/enums.py": ENUMS, "src/settings.py": SETTINGS, "src/models/__init__.py": b""}
BINDING = 'from src.registry import bind_providers, use_registry\n(CHAT,) = bind_providers(globals(), "chat")\n'
FRONT = (
    "if use_registry(CHAT, p):\n        provider_config = CHAT.resolve(p)\n"
    "        return provider_config.make(m)\n    el"
)


@pytest.fixture
def prove_keys():
    """Proves a chain over two keys as they are spelled."""

    def prove(
        near, far="'far'", *, test="p == {}", files=FILES, config=CONFIG, head="", stage="applied", imports=IMPORTS
    ):
        imports = HEAD + imports.replace("from src.models.enums import *\n", "") + head
        chain = (
            f"if {test.format(near)}:\n        return make_near(m)\n    elif p == {far}:\n        return make_far(m)\n"
        )
        legacy = f"{imports}def route(p, m):\n    {chain}    return None\n"
        new = f"{imports}{BINDING}def route(p, m):\n    {FRONT}{chain}    return None\n"
        if stage == "finished":
            front = FRONT.replace("use_registry(CHAT, p)", "p in CHAT").removesuffix("    el")
            binding = BINDING.replace(", use_registry", "")
            new = f"{binding}{imports.removeprefix(HEAD)}def route(p, m):\n    {front}    return None\n"
        return certify(
            before={"src/chat.py": legacy.encode()},
            after={"src/chat.py": new.encode()},
            config=config,
            config_module="src.config.providers",
            stage=stage,
            definitions=files,
        )

    return prove


RIGHT = {
    "NEAR": "constant-stays",
    "NEAR2": "constant-stays",
    "LOCAL": "constant-stays",
    "enums.NEAR": "constant-stays",
    "settings.NEAR": "constant-stays",
    "src.models.enums.NEAR": "constant-stays",
    "P.NEAR": "enum-text",
    "Provider.NEAR": "enum-text",
    "S.NEAR": "enum-text",
    "settings.Provider.NEAR": "enum-text",
    "P.NEAR.value": "constant-stays",
    "Plain.NEAR.value": "constant-stays",
    "enums.Plain.NEAR.value": "constant-stays",
}


@pytest.mark.parametrize("stage", ["applied", "finished"])
@pytest.mark.parametrize("near", RIGHT)
def test_a_constant_that_is_a_text_is_a_key(prove_keys, near, stage):
    certificate = prove_keys(near, stage=stage)
    assert list(certificate.findings()) == []
    assert RIGHT[near] in {axiom.id for axiom in certificate.axioms}


WRONG = [
    *("TWICE", "MAYBE", "NUMBER", "MADE", "LOOSE", "UNKNOWN", "enums.UNKNOWN", "enums", "P", "p.NEAR", "m"),
    *("Plain.NEAR", "Equal.NEAR", "Missing.NEAR", "Base.NEAR", "Mixed.NEAR", "Meta.NEAR", "Same.NEAR", "S.FAR"),
    *("Value.NEAR.value", "P.NEAR.name", "P.label", "P.NEAR.value.x", "NEAR.value", "P()", "P['NEAR']", "P.value"),
]


@pytest.mark.parametrize("near", WRONG)
def test_anything_else_is_no_key(prove_keys, near):
    for stage in ("applied", "finished"):
        text = "\n".join(prove_keys(near, stage=stage).findings())
        assert "at key 'near'" in text
    assert f"the test `p == {near}` cannot be decided at this key" in "\n".join(prove_keys(near).findings()).replace(
        '"', "'"
    )


@pytest.mark.parametrize("test", ["p in ({},)", "p in [{}]", "p in {{{}}}", "{} == p", "p == {} or p == 'nearer'"])
def test_constants_count_wherever_a_literal_would(prove_keys, test):
    config = CONFIG.replace(
        b'"near": {', b'"nearer": {"module_name": "src.near", "slots": {"make": "make_near"}, "sites": "*"}, "near": {'
    )
    given = config if "nearer" in test else CONFIG
    assert prove_keys("P.NEAR", test=test, config=given).valid


def test_the_wrong_value_is_found(prove_keys):
    text = "\n".join(prove_keys("P.FAR", far="P.NEAR").findings())
    assert "at key 'far'" in text
    assert "at key 'near'" in text


def test_a_local_name_is_no_constant(prove_keys):
    certificate = prove_keys("NEAR", head="def other():\n    NEAR = 'far'\n    return NEAR\n")
    assert certificate.valid
    assert not prove_keys("m").valid
    assert not prove_keys("NEAR", head="def other():\n    global NEAR\n    NEAR = 'far'\n").valid
    assert not prove_keys("NEAR", head="NEAR = 'far'\n").valid


def test_files_that_are_not_given_or_do_not_parse_define_nothing(prove_keys):
    assert not prove_keys("NEAR", files={}).valid
    assert not prove_keys("NEAR", files=FILES | {"src/models/enums.py": b"NEAR = = 1"}).valid
    assert not prove_keys("NEAR", files=FILES | {"src/models/enums/__init__.py": b"NEAR = 'far'"}).valid
    assert not prove_keys("enums.NEAR", files=FILES | {"src/models/__init__.py": b"enums = 1"}).valid
    star = FILES | {"src/models/enums.py": ENUMS + b"from other import *\n"}
    assert not prove_keys("NEAR", files=star).valid


def test_imports_in_a_circle_define_nothing(prove_keys):
    files = {"src/a.py": b"from src.b import X\n", "src/b.py": b"from src.a import X\n"}
    assert not prove_keys("X", files=files, imports="from src.a import X\n").valid


def test_relative_imports_are_followed(prove_keys):
    files = {
        "src/models/enums.py": ENUMS,
        "src/models/__init__.py": b"from .enums import P\n",
        "src/settings.py": b"from .models import P\n",
    }
    assert prove_keys("P.NEAR", files=files, imports="from .settings import P\n").valid
    assert prove_keys("P.NEAR", files=files, imports="from .models.enums import P\n").valid


def test_the_files_that_were_read_belong_to_the_certificate(prove_keys):
    certificate = prove_keys("P.NEAR")
    assert [binding.path for binding in certificate.definitions] == ["src/models/enums.py"]
    after = {"src/chat.py": b""}
    assert "src/models/enums.py" not in certificate.stale(after, config=CONFIG, definitions=FILES)
    changed = FILES | {"src/models/enums.py": b""}
    assert "src/models/enums.py" in certificate.stale(after, config=CONFIG, definitions=changed)


MATCH = """
match p:
    case P.NEAR:
        out = make_near(m)
    case "far":
        out = 7
    case _:
        out = None
"""


def test_members_are_keys_of_a_match_too(prove_files, config):
    head = "from src.near import make_near\nfrom enum import StrEnum\nclass P(StrEnum):\n    NEAR = 'near'\n"
    body = MATCH.replace("\n", "\n    ")
    front = (
        "match p:\n        case _ if use_registry(CHAT, p):\n            provider_config = CHAT.resolve(p)\n"
        "            out = provider_config.make(m)"
    )
    new = f"{head}{BINDING}def route(p, m):\n    {body}".replace("match p:", front)
    table = CONFIG.decode().replace('"sites": "*"},\n}', '"sites": []},\n}')
    assert list(prove_files(f"{head}def route(p, m):\n    {body}", new, config=table).findings()) == []
    wrong = head.replace("'near'", "'far'")
    assert not prove_files(f"{wrong}def route(p, m):\n    {body}", new.replace(head, wrong), config=table).valid

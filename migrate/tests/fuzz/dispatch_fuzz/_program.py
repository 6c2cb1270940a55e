"""A whole random program: the files of one project, from a seed."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from dispatch_fuzz._dice import Dice
from dispatch_fuzz._functions import Habits, function
from dispatch_fuzz._holes import FORMS, imports, used
from dispatch_fuzz._tests import SYMBOLS
from dispatch_fuzz._world import KEYS, identifier, support_files

MAIN = "shop/chat.py"
NAMES = ("chat", "chat_stream", "images")
STYLES = {"plain": 10.0, "tabs": 1.0, "two": 1.0, "three": 0.3}


@dataclass(frozen=True)
class Program:
    """The files of a project by path; the dispatch is in ``shop/chat.py``."""

    seed: int
    files: dict[str, bytes]

    @property
    def main(self) -> bytes:
        """The file with the dispatch."""
        return self.files[MAIN]

    def with_main(self, data: bytes) -> Program:
        """The same project with another main file."""
        return Program(self.seed, {**self.files, MAIN: data})


def program(seed: int) -> Program:
    """The program of a seed; it compiles."""
    for again in range(100):
        dice = Dice(seed * 1009 + again)
        data = _main(dice)
        if _compiles(data):
            return Program(seed, {**_support(data, dice), MAIN: data})
    raise AssertionError(seed)


def _compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, MAIN, "exec")
        except SyntaxError:
            return False
    return True


def _support(data: bytes, dice: Dice) -> dict[str, bytes]:
    files = {path: content.encode() for path, content in support_files(data.decode()).items()}
    names = re.findall(r"^from shop\.clients\.\w+ import (?:\w+ as )?(\w+)", data.decode(), flags=re.MULTILINE)
    if names and dice.chance(0.1):
        files["shop/health.py"] = HEALTH.format(name=dice.pick(names), other=dice.pick(names)).encode()
    return files


HEALTH = '''"""Another module that leans on the gateway's names."""

from shop import chat
from shop.chat import {name}


def health(provider, model, flag):
    return {name}(model), chat.{other}(flag)
'''


def _main(dice: Dice) -> bytes:
    habits = Habits(
        form=dice.weighted(FORMS),
        wild=dice.pick((0.0, 0.0, 0.05, 0.15, 0.4)),
        keys=tuple(dice.several(KEYS, 3, 7)),
    )
    count = dice.weighted({1: 8.0, 2: 2.0, 3: 0.4})
    functions = ["\n".join(function(dice, name, habits)) for name in NAMES[:count]]
    body = "\n\n\n".join(functions)
    text = "\n".join([*_head(dice, body, habits.form), "", "", body, ""])
    return _dressed(dice, text)


def _head(dice: Dice, body: str, form: str) -> list[str]:
    lines = ['"""A gateway."""', ""] if dice.chance(0.5) else ["# A gateway."]
    if dice.chance(0.2):
        lines.append("from __future__ import annotations\n")
    world = [
        name
        for name in ("Busy", "Request", "STATE", "Stop", "after", "held", "hub", "marked", "show", "trace")
        if re.search(rf"\b{name}\b", body)
    ]
    lines += [f"from world import {', '.join(world)}"] if world else []
    lines += _constants(body)
    lines += imports(body, [identifier(key) for key in KEYS], form=form)
    if "TIMES" in body or dice.chance(0.05):
        lines += ["", 'TIMES = {"near": 120, "z": 5}  # seconds']
    lines += ["LAST = None"]
    if dice.chance(0.05):
        lines += ["", "", "def _chat_near(model):", "    return 'taken', model"]
    if dice.chance(0.05):
        lines += ["CHAT = 'taken'"]
    if dice.chance(0.05):
        lines += ["__all__ = [" + ", ".join(map(repr, used(body, form))) + "]"]
    if dice.chance(0.08):
        lines += (
            [
                "",
                "",
                "def listing():",
                '    """Every name."""',
                '    for each in ("near", "a-b"):',
                "        trace(each)",
            ]
            if "trace" in world
            else []
        )
    return lines


def _constants(body: str) -> list[str]:
    known = [
        name for name in ("NEAR", "A_B", "X_AI", "Provider", "Loud", "Kind") if re.search(rf"(?<![\w.]){name}\b", body)
    ]
    lines = [f"from shop.keys import {', '.join(known)}"] if known else []
    if re.search(r"\bkeys\.", body):
        lines.append("from shop import keys")
    if "OWN_Z" in body:
        lines.append('OWN_Z = "z"')
    assert SYMBOLS
    return lines


def _dressed(dice: Dice, text: str) -> bytes:
    """The text in one of the ways in which files are indented and ended."""
    style = dice.weighted(STYLES)
    width = {"tabs": "\t", "two": "  ", "three": "   "}.get(style)
    if width is not None:
        text = re.sub(r"^(?: {4})+", lambda found: width * (len(found[0]) // 4), text, flags=re.MULTILINE)
    text = text.replace("\x01", "\n")
    if dice.chance(0.1):
        text = text.rstrip("\n")
    if dice.chance(0.08):
        text = text.replace("\n", "\r\n")
    data = text.encode()
    if dice.chance(0.02):
        data = b"\xef\xbb\xbf" + data
    return data

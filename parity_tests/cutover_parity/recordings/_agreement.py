"""Whether what is asked at a replay agrees with what was recorded, where the recording was scrubbed and masked.

A masked word (no vowel, see `_masking`) agrees with any word of the same length, a placeholder with any run of
characters; everything else has to be the same. An application's own words, masked when it joined them to somebody's
text, so agree with themselves as they are.
"""

import re

from cutover_parity._messages import Json

_WORD = re.compile(r"[^\W_]+")
_PLACEHOLDER = re.compile(r"secret(?:-[0-9a-f]{16})?(?![A-Za-z0-9])")
_VOWELS = frozenset("aeiouyAEIOUY")


def agrees(recorded: Json, asked: Json) -> bool:
    """Whether two values, as JSON gives them, agree."""
    if isinstance(recorded, dict) and isinstance(asked, dict):
        return recorded.keys() == asked.keys() and all(agrees(recorded[name], asked[name]) for name in recorded)
    if isinstance(recorded, list) and isinstance(asked, list):
        return len(recorded) == len(asked) and all(map(agrees, recorded, asked))
    if isinstance(recorded, str) and isinstance(asked, str):
        return recorded == asked or _texts_agree(recorded, asked)
    return type(recorded) is type(asked) and bool(recorded == asked)


def _texts_agree(recorded: str, asked: str) -> bool:
    return _masked_agree(recorded, asked) or _placeholders_agree(recorded, asked)


def _masked_agree(recorded: str, asked: str) -> bool:
    if len(recorded) != len(asked) or _WORD.sub("", recorded) != _WORD.sub("", asked):
        return False
    words, others = _WORD.finditer(recorded), _WORD.finditer(asked)
    pairs = zip(words, others, strict=False)
    return all(word.span() == other.span() and _may_be(word[0], other[0]) for word, other in pairs)


def _may_be(masked: str, word: str) -> bool:
    return masked == word or _VOWELS.isdisjoint(masked)


def _placeholders_agree(recorded: str, asked: str) -> bool:
    if not _PLACEHOLDER.search(recorded):
        return False
    fixed = _PLACEHOLDER.split(recorded)
    return re.fullmatch(r"[^\s/&?\"']+".join(map(re.escape, fixed)), asked) is not None

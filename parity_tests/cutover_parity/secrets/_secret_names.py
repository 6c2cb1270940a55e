"""Which names announce a secret: of headers, parameters and fields, in every way of writing them.

A name is a secret's always (`api_key`, `password`), only if the value looks like one (`token`, `auth`), or never
(`max_tokens`, `page_token`, `cache_key`).
"""

import re
from functools import lru_cache
from typing import Literal, TypeAlias

Announces: TypeAlias = Literal["always", "perhaps", "never"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALWAYS_LISTED = """
    secret secrets password passwords passwd passphrase passcode pwd authorization cookie cookies credential
    credentials jwt apikey apikeys accesskey secretkey signature sas accesstoken authtoken refreshtoken
"""
_ALWAYS = frozenset(_ALWAYS_LISTED.split())
_OF_KEYS_LISTED = """
    api access auth private secret subscription client goog session master service account admin signing
    encryption shared webhook provider storage license bearer
"""
_OF_KEYS = frozenset(_OF_KEYS_LISTED.split())
_PLAIN_KEYS_LISTED = """
    idempotency cache sort partition primary foreign public routing group order row column object map
"""
_PLAIN_KEYS = frozenset(_PLAIN_KEYS_LISTED.split())
_COUNTERS_LISTED = """
    page next prev previous max min pad eos bos unk stop special continuation cursor sep cls mask count usage
    total prompt completion input output num cached reasoning audio text per limit budget logprob top remaining
    ratelimit new first last used
"""
_COUNTERS = frozenset(_COUNTERS_LISTED.split())
_HIDING = frozenset({"auth", "sig", "otp", "pin", "sid", "code"})


@lru_cache(maxsize=4096)
def announces(name: str, *, parameter: bool = False) -> Announces:
    """Say what a name announces; `parameter`: of a header or a URL, where a mere `key` or `code` is a secret too."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return "never"
    last, before = words[-1], set(words[:-1])
    if last in _ALWAYS or {"cookie", "authorization"} & before:
        return "always"
    if last in {"key", "keys"}:
        return _of_key(before, parameter=parameter)
    if last in {"token", "tokens"}:
        return _of_token(last, before, parameter=parameter)
    if last in _HIDING and (parameter or last == "auth"):
        return "always" if parameter and (last != "code" or not before) else "perhaps"
    return "never"


def _of_key(before: set[str], *, parameter: bool) -> Announces:
    if before & _OF_KEYS:
        return "always"
    if before & _PLAIN_KEYS:
        return "never"
    return "always" if parameter else "perhaps"


def _of_token(last: str, before: set[str], *, parameter: bool) -> Announces:
    if before & _COUNTERS or (last == "tokens" and not before & _OF_KEYS):
        return "never"
    return "always" if before or parameter else "perhaps"

"""Which runs of characters are secrets by their shape: keys of known make, and what looks random.

Honest neighbours are told apart: model names and words by their common letter pairs, ids by their prefix, UUIDs by
their form.
"""

import re
from itertools import pairwise

_MAKES = re.compile(
    rb"(?<![A-Za-z0-9])(?:"
    rb"(?:sk|gsk|xai|csk|nvapi|gh[pousr]|github_pat|xox[abeoprs]|xapp|glpat|hf|pplx|npm|pypi|dop_v1|shpat|whsec|lsv2|pcsk"
    rb"|sk_live|sk_test|rk_live|rk_test|dckr_pat|tvly|jina|figd|sntrys|xkeysib|PMAK|GOCSPX|lin_api|sq0[a-z]{3}|esecret)"
    rb"[-_][A-Za-z0-9_\-]{16,}"
    rb"|(?:pk|rk|ak|pa|or|fw|r8|tgp|rpa|key|secret|api)[-_](?=[A-Za-z_-]*\d)[A-Za-z0-9_\-]{16,}"
    rb"|AIza[A-Za-z0-9_\-]{30,}|(?:AKIA|ASIA|AROA)[A-Z0-9]{16}|ya29\.[A-Za-z0-9_\-.]{20,}|1//0[A-Za-z0-9_\-]{20,}"
    rb"|SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}|(?:SK|AC)[0-9a-f]{32}|dapi[0-9a-f]{32}|hvs\.[A-Za-z0-9_\-]{20,}"
    rb"|eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?"
    rb"|[MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}"
    rb"|\d{8,10}:[A-Za-z0-9_\-]{34,36}(?![A-Za-z0-9_\-])|[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])"
    rb")"
)
_PIECE = re.compile(rb"[A-Za-z0-9]{20,}")
_WHOLE = re.compile(rb"[A-Za-z0-9+/_\-]{32,}={0,2}")
_UUID = re.compile(rb"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_HEX = re.compile(rb"[0-9a-f]{32,}|[0-9A-F]{32,}")
_ID = re.compile(
    rb"(?<![A-Za-z0-9])(?!key|tok|sec|pass|live|test|prod|api|auth)[a-z]{2,12}[-_](?:\d{1,12}[-_])?[A-Za-z0-9]{8,60}\Z"
)
_COMMON_PAIRS_LISTED = """
    th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri
    ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut
    ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi
    ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ov by
    rm ep
"""
_COMMON_PAIRS = frozenset(pair.encode() for pair in _COMMON_PAIRS_LISTED.split())


def of_known_make(run: bytes) -> list[tuple[int, int]]:
    """Give the spans of a run of characters that have the form of a known kind of key."""
    return [found.span() for found in _MAKES.finditer(run)]


def random_parts(run: bytes, *, hex_too: bool = True) -> list[tuple[int, int]]:
    """Give the spans of a run that look random and have no honest form; `hex_too`: long hexadecimal numbers as well."""
    if _UUID.fullmatch(run) or _ID.search(run):
        return []
    whole = [found.span() for found in _WHOLE.finditer(run) if _mixed(found[0]) and looks_random(found[0])]
    if whole:
        return whole
    return [found.span() for found in _PIECE.finditer(run) if _is_secret_piece(found[0], hex_too=hex_too)]


def looks_random(text: bytes) -> bool:
    """Whether letters and digits stand together as no words do."""
    letters = [pair for pair in pairwise(text.lower()) if all(97 <= byte <= 122 for byte in pair)]
    if len(letters) < 4:
        return _switches(text) >= 5
    common = sum(bytes(pair) in _COMMON_PAIRS for pair in letters) / len(letters)
    return common < 0.52 and (_switches(text) >= 3 or (_mixed_case(text) and common < 0.5))


def _is_secret_piece(piece: bytes, *, hex_too: bool) -> bool:
    if _HEX.fullmatch(piece):
        return hex_too and not piece.isdigit() and not piece.isalpha()
    return looks_random(piece)


def _switches(text: bytes) -> int:
    return sum(before.isdigit() != after.isdigit() for before, after in pairwise(text.decode("latin-1")))


def _mixed_case(text: bytes) -> bool:
    upper = sum(65 <= byte <= 90 for byte in text)
    return upper >= 3 and sum(97 <= byte <= 122 for byte in text) >= 3


def _mixed(text: bytes) -> bool:
    return _mixed_case(text) and any(48 <= byte <= 57 for byte in text)

"""A second look at what was written: with the detectors of detect-secrets, by entropy, and by name.

It shares nothing with the scrubber (other patterns, another measure of randomness), so that a gap of the one is no gap
of the other. What it finds is named by line, place and kind, never by value.
"""

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from cutover_parity._messages import Json

_DETECTORS = (
    "artifactory.ArtifactoryDetector aws.AWSKeyDetector azure_storage_key.AzureStorageKeyDetector "
    "basic_auth.BasicAuthDetector cloudant.CloudantDetector discord.DiscordBotTokenDetector "
    "github_token.GitHubTokenDetector gitlab_token.GitLabTokenDetector ibm_cloud_iam.IbmCloudIamDetector "
    "jwt.JwtTokenDetector "
    "mailchimp.MailchimpDetector npm.NpmDetector openai.OpenAIDetector private_key.PrivateKeyDetector "
    "pypi_token.PypiTokenDetector sendgrid.SendGridDetector slack.SlackDetector square_oauth.SquareOAuthDetector "
    "stripe.StripeDetector telegram_token.TelegramBotTokenDetector twilio.TwilioKeyDetector"
)
_PLACEHOLDER = re.compile(r"secret-[0-9a-f]{16}")
_ONLY_PLACEHOLDER = re.compile(r"(?:[A-Za-z-]+ +)?secret-[0-9a-f]{16}|\d+")
_SECRET_NAMES = re.compile(
    r"(?i)^(?:proxy-)?authorization$|^(?:set-)?cookie$|passw(?:or)?d$|passphrase$|secret$|(?:api|access|private|secret|auth)"
    r"[-_]?key$|(?:access|auth|refresh|id|session|bearer)[-_]?token$|credential$"
)
_HONEST_NAMES = re.compile(
    r"(?i)(?:^|[-_.])(?:ids?|uuid|guid|hash|digest|etag|sha\d*|md5|checksum|fingerprint|trace\w*|span|ray|request|version"
    r"|revision|commit|ref|cursor|boundary|model|date|type|b64_json|data|url)$|Id$"
)
_RUN = re.compile(r"[A-Za-z0-9+/_%-]{20,}={0,2}")
_FORM = re.compile(r"[\w.\-\[\]%]+=[^\s&]*(?:&[\w.\-\[\]%]+=[^\s&]*)*")
_PIECE = re.compile(r"[A-Za-z0-9]{20,}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_ID = re.compile(
    r"(?!(?:hf|npm|sk|pk|rk|gsk|xai|gh.|key|token|secret|api|live|test)[-_])[a-z]{2,12}[-_](?:\d+[-_])?[0-9A-Za-z]{8,60}"
)
_HEX = re.compile(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{32,}|(?=.*\d)(?=.*[A-F])[0-9A-F]{32,}")
_NO_VOWELS = re.compile(r"[^aeiouyAEIOUY]+")
_WORTH_A_LOOK = re.compile(r"\d|[A-Z].*[a-z]|-----|://")
_BITS = 3.7
_BITS_OF_WHOLE = 4.6
_LONG_PIECE = 28
_CHANGES = 0.36
_SHORTEST = 12
_LONGEST_KEY = 256
_LONGEST_ENCODED = 8192


@dataclass(frozen=True, slots=True)
class SecretFound:
    """Where something that looks like a secret stands: the file's line, the place in that route, the kind."""

    path: Path
    line: int
    place: str
    kind: str

    def __str__(self) -> str:
        return f"{self.path.name}, line {self.line}, {self.place}: {self.kind}"


def scan_file(path: Path, *, start: int = 0, allowed: Collection[str] = ()) -> Iterator[SecretFound]:
    """Look through the lines of one file from this byte on; `allowed` are places that may hold what they hold."""
    known = set(allowed)
    with path.open("rb") as file:
        position = 0
        for number, line in enumerate(file, start=1):
            position += len(line)
            if position > start:
                for place, kind in scan_line(line):
                    if place not in known and _anywhere(place) not in known:
                        yield SecretFound(path, number, place, kind)


def scan_line(line: bytes) -> Iterator[tuple[str, str]]:
    """Give the place and kind of everything in one line that looks like a secret, once each."""
    try:
        data: Json = json.loads(line)
    except (ValueError, RecursionError):
        data = line.decode(errors="replace")
    met = set()
    for place, text in _texts(data, ()):
        for kind in _kinds(place, text):
            dotted = ".".join(place)
            if (dotted, kind) not in met:
                met.add((dotted, kind))
                yield dotted, kind


def _anywhere(place: str) -> str:
    return ".".join("*" if step.isdigit() else step for step in place.split("."))


def _texts(data: Json, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give every text with its place; header pairs by name, chunks joined, bodies and base64 opened."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _named_texts(str(name), value, place)
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _texts(item, (*place, str(index)))
    elif isinstance(data, str):
        yield from _opened(data, place)


def _named_texts(name: str, value: Json, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if name == "headers" and isinstance(value, list):
        for pair in value:
            if isinstance(pair, list) and len(pair) == 2:
                yield (*place, name, str(pair[0])), str(pair[1])
    elif name == "chunks" and isinstance(value, list):
        yield from _opened("".join(map(_as_text, value)), (*place, "body"))
    elif name == "body":
        yield from _opened(_as_text(value), (*place, name))
    else:
        yield from _texts(value, (*place, name))


def _opened(body: str, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the texts of the form or of the JSON documents in a text, and what is left of it."""
    if place[-1:] == ("body",) and _FORM.fullmatch(body):
        yield from (((*place, name), value) for name, value in parse_qsl(body, keep_blank_values=True))
        return
    documents = [body] if body.lstrip()[:1] in {"{", "["} else re.findall(r"^data: ?([\[{].*)$", body, re.MULTILINE)
    rest = body
    for document in documents:
        try:
            data = json.loads(document)
        except (ValueError, RecursionError):
            continue
        rest = rest.replace(document, "", 1)
        yield from _texts(data, place)
    if rest:
        yield place, rest


def _as_text(value: Json) -> str:
    if isinstance(value, str):
        return value
    try:
        return base64.b64decode(value["base64"]).decode(errors="replace")
    except (TypeError, KeyError, ValueError):
        return json.dumps(value)


def _kinds(place: tuple[str, ...], text: str) -> Iterator[str]:
    name = place[-1] if place else ""
    if _SECRET_NAMES.search(name) and text and not _ONLY_PLACEHOLDER.fullmatch(text):
        yield f"value of {name!r}"
    if len(text) < _SHORTEST or not _WORTH_A_LOOK.search(text):
        return
    bare = _PLACEHOLDER.sub("", text)
    yield from _detected(bare)
    honest = _HONEST_NAMES.search(name) is not None
    for found in _RUN.finditer(bare):
        yield from _kinds_of_run(found[0], honest=honest)


def _kinds_of_run(run: str, *, honest: bool) -> Iterator[str]:
    hidden = unquote(run) if "%" in run else _from_base64(run)
    if hidden:
        yield from (f"{kind}, encoded" for kind in _detected(_PLACEHOLDER.sub("", hidden)))
    if not honest and _is_random(run):
        yield "random characters"


@cache
def _detectors() -> tuple[Any, ...]:
    from importlib import import_module  # noqa: PLC0415

    made = []
    for entry in _DETECTORS.split():
        module, _, name = entry.partition(".")
        made.append(getattr(import_module(f"detect_secrets.plugins.{module}"), name)())
    return tuple(made)


def _detected(text: str) -> Iterator[str]:
    for detector in _detectors():
        if any(detector.analyze_string(text)):
            yield detector.secret_type


def _is_random(run: str) -> bool:
    if len(run) > _LONGEST_KEY or _UUID.fullmatch(run) or _ID.fullmatch(run) or _NO_VOWELS.fullmatch(run):
        return False
    pieces = (piece for piece in _PIECE.findall(run) if not _NO_VOWELS.fullmatch(piece))
    if any(_HEX.fullmatch(piece) or (_bits(piece) > _BITS and _mixes(piece)) for piece in pieces):
        return True
    return "-" not in run and len(run) >= 32 and _bits(run) > _BITS_OF_WHOLE and _mixes(run)


def _mixes(text: str) -> bool:
    """Whether digits stand among letters, or the case of letters changes more often than words have it."""
    if len(re.findall(r"\d+", text)) >= 3 and re.search(r"[A-Za-z]", text):
        return True
    changes = len(re.findall(r"[a-z](?=[A-Z])|[A-Z](?=[a-z])", text))
    return len(text) >= _LONG_PIECE and changes >= _CHANGES * len(text)


def _bits(text: str) -> float:
    """Give the entropy of a text in bits a character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _from_base64(run: str) -> str:
    if len(run) > _LONGEST_ENCODED:
        return ""
    try:
        return base64.b64decode(run.replace("-", "+").replace("_", "/") + "=" * (-len(run) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""

"""Secrets of twenty kinds, made at random under a seed, and the ways in which one may be written."""

import base64
import json
import random
import string
from urllib.parse import quote, quote_plus

import pytest

BASE62 = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def _jwt(draw):
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps({"sub": draw(BASE62, 12), "iat": 1700000000})]
    packed = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*packed, draw(BASE62 + "-_", 43)])


def _pem(draw):
    lines = "\n".join(draw(BASE62 + "+/", 64) for _ in range(4))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"


KINDS = {
    "openai project key": lambda draw: "sk-proj-" + draw(BASE62 + "_-", 48) + "T3BlbkFJ" + draw(BASE62, 20),
    "anthropic key": lambda draw: "sk-ant-api03-" + draw(BASE62 + "_-", 80) + "AA",
    "openrouter key": lambda draw: "sk-or-v1-" + draw(HEX, 64),
    "google key": lambda draw: "AIza" + draw(BASE62 + "_-", 35),
    "google token": lambda draw: "ya29.a0" + draw(BASE62 + "_-", 60),
    "aws key id": lambda draw: "AKIA" + draw(string.ascii_uppercase + "234567", 16),
    "aws secret": lambda draw: draw(BASE62 + "/+", 40),
    "github token": lambda draw: "ghp_" + draw(BASE62, 36),
    "gitlab token": lambda draw: "glpat-" + draw(BASE62 + "_-", 20),
    "slack token": lambda draw: f"xoxb-{draw('123456789', 12)}-{draw('123456789', 13)}-{draw(BASE62, 24)}",
    "stripe key": lambda draw: "sk_live_" + draw(BASE62, 24),
    "sendgrid key": lambda draw: f"SG.{draw(BASE62, 22)}.{draw(BASE62, 43)}",
    "hugging face token": lambda draw: "hf_" + draw(string.ascii_letters, 34),
    "json web token": _jwt,
    "hexadecimal key": lambda draw: draw(HEX, 32),
    "azure storage key": lambda draw: base64.b64encode(draw(BASE62, 64).encode()).decode(),
    "telegram bot token": lambda draw: draw("123456789", 10) + ":AA" + draw(BASE62 + "_-", 33),
    "npm token": lambda draw: "npm_" + draw(BASE62, 36),
    "opaque token": lambda draw: draw(BASE62, 40),
    "pem key": _pem,
    "password": lambda draw: (
        draw(string.ascii_lowercase, 7) + "-" + draw(string.ascii_lowercase, 6) + "!" + draw(HEX, 4)
    ),
}


class Secrets:
    """Makes secrets of one kind and looks for them afterwards."""

    def __init__(self, kind):
        self._random = random.Random(kind)
        self._make = KINDS[kind]
        self.kind, self.made = kind, []

    def __call__(self):
        self.made.append(self._make(lambda letters, count: "".join(self._random.choices(letters, k=count))))
        return self.made[-1]

    @property
    def line(self):
        """One that fits into a header or a URL: a key of several lines goes there by its first one."""
        return lambda: self().split("\n")[-2] if self.kind == "pem key" else self()

    def left_in(self, text):
        """Give the secrets of which any twelve characters, or any encoding, are in the text."""
        return [secret for secret in self.made if any(form in text for form in _forms(secret))]


def _forms(secret):
    body = secret.removeprefix("-----BEGIN RSA PRIVATE KEY-----").removesuffix("-----END RSA PRIVATE KEY-----")
    pieces = {body[start : start + 12] for start in range(8, len(body) - 12)} or {body}
    encoded = {base64.b64encode(secret.encode()).decode()[4:24], quote(secret, safe=""), quote_plus(secret)}
    return {form for form in pieces | encoded | {json.dumps(secret)[1:-1]} if len(form) >= 8}


@pytest.fixture(params=KINDS)
def secrets(request):
    return Secrets(request.param)

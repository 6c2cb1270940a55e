"""Google Vertex: where its token comes from, how long it is kept, and what is said where there is none."""

import asyncio
import base64
import json
import subprocess
import threading
import time
import traceback
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from cutover_registry.failover import DeadlineExceeded, Failover, Policy
from cutover_registry.providers import (
    AuthenticationFailed,
    NotConfigured,
    ProviderClient,
    ProviderFailed,
    ProviderTimeout,
    ProviderUnreachable,
    Token,
    VertexDialect,
    specs,
)

HI = [{"role": "user", "content": "hi"}]
SPEC = specs()["google-vertex"]
PROJECT = {"GOOGLE_VERTEX_PROJECT": "p-1"}
SECRET = "ya29.c0Aa7gT2xkq9LpV2mN8bKWq3tXz"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def private_key(tmp_path_factory):
    """A key of 2048 bits, in PKCS #8, as a service account has it; and its public half in a file."""
    folder = tmp_path_factory.mktemp("key")
    generated = [
        "openssl",
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
        folder / "k.pem",
    ]
    subprocess.run(generated, check=True, capture_output=True)
    subprocess.run(
        ["openssl", "pkey", "-in", folder / "k.pem", "-pubout", "-out", folder / "p.pem"],
        check=True,
        capture_output=True,
    )
    return (folder / "k.pem").read_text(), folder / "p.pem"


@pytest.fixture
def credentials(tmp_path, server, private_key):
    """Write a file of credentials; give the environment that names it."""

    def credentials(**fields):
        found = {
            "type": "service_account",
            "project_id": "p-1",
            "private_key_id": "k-1",
            "private_key": private_key[0],
            "client_email": "robot@p-1.iam.gserviceaccount.com",
            "token_uri": f"http://127.0.0.1:{server.port}/token",
            **fields,
        }
        path = tmp_path / "credentials.json"
        path.write_text(json.dumps({name: value for name, value in found.items() if value is not None}))
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}

    return credentials


def token(text=SECRET, seconds=3600):
    return {"access_token": text, "expires_in": seconds, "token_type": "Bearer"}


def dialect_with(*answers, clock):
    """A dialect whose source gives these in turn; and how often it was asked."""
    left, asked = list(answers), []

    def source():
        asked.append(clock())
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return VertexDialect(source, clock=clock), asked


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


# ---- the URL


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        (PROJECT, "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/endpoints/openapi"),
        (
            {"GOOGLE_CLOUD_PROJECT": "p-2", "GOOGLE_CLOUD_LOCATION": "europe-west4"},
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-2/locations/europe-west4/endpoints/openapi",
        ),
        (
            {**PROJECT, "GOOGLE_CLOUD_PROJECT": "p-2", "GOOGLE_VERTEX_LOCATION": "us-east5"},
            "https://us-east5-aiplatform.googleapis.com/v1/projects/p-1/locations/us-east5/endpoints/openapi",
        ),
    ],
)
def test_project_and_location_stand_in_the_url(environment, url):
    assert ProviderClient(SPEC, environment=environment)._url("") == url


def test_the_credentials_project_is_taken_where_none_is_set(credentials):
    assert VertexDialect().settings(credentials(project_id="p-9"))["project"] == "p-9"


def test_without_a_project_its_variables_are_named(credentials):
    client = ProviderClient(SPEC, environment=credentials(project_id=None))
    assert not client.is_configured()
    with pytest.raises(NotConfigured, match="set GOOGLE_VERTEX_PROJECT or GOOGLE_CLOUD_PROJECT in the environment"):
        client.chat(HI, "gemini")


# ---- where the token comes from


def test_a_token_in_the_environment_is_taken_as_it_is():
    dialect = VertexDialect()
    environment = {"GOOGLE_VERTEX_TOKEN": SECRET, "GOOGLE_APPLICATION_CREDENTIALS": "/nowhere"}
    assert (dialect.key(environment, ()), dialect.waits(environment)) == (SECRET, False)


def test_a_service_account_signs_a_claim_for_a_token(server, wire, credentials, private_key, tmp_path):
    server.answers(wire.answer(token()))
    before = int(time.time())
    assert VertexDialect().key(credentials(), ()) == SECRET
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/token")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    form = {name: value for name, (value,) in parse_qs(asked.body.decode()).items()}
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, signature = form["assertion"].split(".")
    assert decoded(head) == {"alg": "RS256", "typ": "JWT", "kid": "k-1"}
    said = decoded(claims)
    assert before <= said["iat"] <= before + 60
    assert said == {
        "iss": "robot@p-1.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": f"http://127.0.0.1:{server.port}/token",
        "iat": said["iat"],
        "exp": said["iat"] + 3600,
    }
    (tmp_path / "text").write_text(f"{head}.{claims}")
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    command = ["openssl", "dgst", "-sha256", "-verify", private_key[1], "-signature", tmp_path / "signature"]
    subprocess.run([*command, tmp_path / "text"], check=True, capture_output=True)


def test_a_stored_login_is_exchanged_for_a_token(server, wire, credentials):
    server.answers(wire.answer(token()))
    login = credentials(type="authorized_user", client_id="c", client_secret="s", refresh_token="r", private_key=None)
    assert VertexDialect().key(login, ()) == SECRET
    form = {name: value for name, (value,) in parse_qs(server.asked[0].body.decode()).items()}
    assert form == {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s", "refresh_token": "r"}


def test_the_metadata_server_gives_a_token_past_any_proxy(server, wire, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers(wire.answer(token()))
    assert VertexDialect().key({"GCE_METADATA_HOST": f"127.0.0.1:{server.port}"}, ()) == SECRET
    (asked,) = server.asked
    assert (asked.method, asked.headers["metadata-flavor"]) == ("GET", "Google")
    assert asked.path == "/computeMetadata/v1/instance/service-accounts/default/token"


def test_cloud_run_has_the_metadata_server():
    dialect = VertexDialect()
    assert dialect.has_key({"K_SERVICE": "gateway"}, ())
    assert not dialect.has_key({}, ())


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_call_carries_the_token(server, wire, credentials, form):
    server.answers(wire.answer(token()), wire.answer(wire.completion))
    spec = replace(SPEC, dialect=VertexDialect())
    client = ProviderClient(spec, base_url=server.url, environment=credentials())
    answer = client.chat(HI, "gemini") if form == "sync" else asyncio.run(client.chat_async(HI, "gemini"))
    client.close()
    assert answer == wire.completion
    assert server.asked[1].headers["authorization"] == f"Bearer {SECRET}"


def test_fetching_a_token_does_not_hold_the_loop_up(server, wire, credentials):
    asked, answered = threading.Event(), threading.Event()

    def slow(connection):
        asked.set()
        answered.wait(5)
        return wire.answer(token())

    server.answers(slow, wire.answer(wire.completion))
    client = ProviderClient(replace(SPEC, dialect=VertexDialect()), base_url=server.url, environment=credentials())

    async def both():
        call = asyncio.create_task(client.chat_async(HI, "gemini"))
        while not asked.is_set():
            await asyncio.sleep(0.001)
        answered.set()
        return await call

    assert asyncio.run(both()) == wire.completion


@pytest.mark.parametrize("form", ["sync", "async"])
def test_the_deadline_of_a_chain_limits_the_fetching_of_a_token(server, credentials, form):
    leave = threading.Event()
    server.answers(lambda _: leave.wait(5) and None)
    client = ProviderClient(replace(SPEC, dialect=VertexDialect()), base_url=server.url, environment=credentials())
    chain = Failover(["google-vertex"], policy=Policy(deadline=0.2))
    asked = {
        "sync": lambda: chain.run(lambda _: client.chat(HI, "gemini")),
        "async": lambda: asyncio.run(chain.run_async(lambda _: client.chat_async(HI, "gemini"))),
    }
    with pytest.raises(DeadlineExceeded):
        asked[form]()
    leave.set()
    assert [asked.path for asked in server.asked] == ["/token"]


@pytest.mark.parametrize("form", ["sync", "async"])
def test_the_calls_own_limit_holds_for_the_fetching_of_a_token(server, credentials, form):
    leave = threading.Event()
    server.answers(lambda _: leave.wait(5) and None)
    client = ProviderClient(replace(SPEC, dialect=VertexDialect()), base_url=server.url, environment=credentials())
    began = time.monotonic()
    with pytest.raises(ProviderTimeout) as caught:
        client.chat(HI, "m", timeout=0.2) if form == "sync" else asyncio.run(client.chat_async(HI, "m", timeout=0.2))
    leave.set()
    assert (caught.value.phase, [asked.path for asked in server.asked]) == ("total", ["/token"])
    assert time.monotonic() - began < 3


def test_a_token_that_trickles_is_given_up(server, wire, credentials):
    def trickle(connection):
        for each in wire.answer(token()):
            connection.sendall(bytes([each]))
            time.sleep(0.02)

    server.answers(trickle)
    with pytest.raises(ProviderTimeout, match=r"no access token within 0\.3 s"):
        VertexDialect().key(credentials(), (), within=0.3)


def test_who_waits_for_anothers_fetch_waits_no_longer_than_its_own_limit():
    entered, leave = threading.Event(), threading.Event()

    def source():
        entered.set()
        leave.wait(5)
        return Token("one", time.monotonic() + 3600)

    dialect = VertexDialect(source)
    first = threading.Thread(target=dialect.key, args=({}, ()))
    first.start()
    entered.wait(5)
    with pytest.raises(ProviderTimeout, match=r"no access token within 0\.05 s"):
        dialect.key({}, (), within=0.05)
    leave.set()
    first.join()


# ---- a token that is refused


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_refused_token_is_dropped_and_the_next_call_has_another(server, wire, clock, form):
    dialect, asked = dialect_with(Token("one", 9000.0), Token("two", 9000.0), clock=clock)
    client = ProviderClient(replace(SPEC, dialect=dialect), base_url=server.url, environment=PROJECT)
    server.answers(wire.answer(wire.completion), wire.answer({}, status=401), wire.answer(wire.completion))
    call = client.chat if form == "sync" else lambda *told: asyncio.run(client.chat_async(*told))
    call(HI, "m")
    clock.now += 60
    with pytest.raises(AuthenticationFailed):
        call(HI, "m")
    call(HI, "m")
    carried = [asked.headers["authorization"] for asked in server.asked]
    assert (carried, len(asked)) == (["Bearer one", "Bearer one", "Bearer two"], 2)
    client.close()


def test_a_new_token_is_kept_though_it_is_refused(clock):
    dialect, asked = dialect_with(Token("one", 9000.0), clock=clock)
    dialect.refused({}, dialect.key({}, ()))
    assert (dialect.key({}, ()), len(asked)) == ("one", 1)


def test_the_refusal_of_an_older_token_leaves_the_present_one(clock):
    dialect, _ = dialect_with(Token("one", 1100.0), Token("two", 9000.0), clock=clock)
    older = dialect.key({}, ())
    clock.now = 1060.0
    dialect.key({}, ())
    clock.now = 1100.0
    dialect.refused({}, older)
    assert dialect.key({}, ()) == "two"


# ---- how long it is kept


def test_a_token_is_kept_until_five_minutes_before_its_end(clock):
    dialect, asked = dialect_with(Token("one", 4600.0), Token("two", 9000.0), clock=clock)
    assert dialect.waits({})
    found = []
    for now in (1000.0, 2000.0, 4299.0, 4300.0, 4301.0):
        clock.now = now
        found.append(dialect.key({}, ()))
    assert found == ["one", "one", "one", "two", "two"]
    assert (asked, dialect.waits({})) == ([1000.0, 4300.0], False)


def test_a_short_token_is_kept_for_half_its_life(clock):
    dialect, asked = dialect_with(Token("one", 1100.0), Token("two", 2000.0), clock=clock)
    for now in (1000.0, 1049.0, 1050.0):
        clock.now = now
        dialect.key({}, ())
    assert asked == [1000.0, 1050.0]


def test_while_a_token_holds_a_failing_renewal_is_no_error(clock):
    failure = ProviderUnreachable("no access token", provider="google-vertex")
    dialect, asked = dialect_with(Token("one", 4600.0), failure, failure, Token("two", 9000.0), clock=clock)
    found = []
    for now in (1000.0, 4300.0, 4310.0, 4330.0, 4360.0):
        clock.now = now
        found.append(dialect.key({}, ()))
    assert found == ["one", "one", "one", "one", "two"]
    assert asked == [1000.0, 4300.0, 4330.0, 4360.0]


def test_once_it_has_ended_a_failing_renewal_is_an_error(clock):
    failure = ProviderUnreachable("no access token", provider="google-vertex")
    dialect, _ = dialect_with(Token("one", 1100.0), failure, clock=clock)
    dialect.key({}, ())
    clock.now = 1101.0
    with pytest.raises(ProviderUnreachable):
        dialect.key({}, ())


def test_many_threads_fetch_one_token():
    entered, leave = threading.Event(), threading.Event()
    asked = []

    def source():
        asked.append(1)
        entered.set()
        leave.wait(5)
        return Token("one", time.monotonic() + 3600)

    dialect, found = VertexDialect(source), []
    threads = [threading.Thread(target=lambda: found.append(dialect.key({}, ()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    entered.wait(5)
    leave.set()
    for thread in threads:
        thread.join()
    assert (found, len(asked)) == (["one"] * 8, 1)


def test_who_waited_for_a_fetch_that_failed_does_not_try_it_again():
    entered, leave = threading.Event(), threading.Event()
    asked, errors = [], []

    def source():
        asked.append(1)
        entered.set()
        leave.wait(5)
        raise ProviderUnreachable("no access token", provider="google-vertex")

    dialect = VertexDialect(source)

    def call():
        with pytest.raises(ProviderUnreachable) as caught:
            dialect.key({}, ())
        errors.append(caught.value)

    first = threading.Thread(target=call)
    first.start()
    entered.wait(5)
    others = [threading.Thread(target=call) for _ in range(4)]
    for thread in others:
        thread.start()
    waiting = threading.Event()
    waiting.wait(0.05)
    leave.set()
    for thread in (first, *others):
        thread.join()
    assert len({id(error) for error in errors}) == 5
    assert len(asked) < 5


def test_while_one_renews_the_others_go_on(clock):
    entered, leave = threading.Event(), threading.Event()
    given = [Token("one", 4600.0)]

    def source():
        if given:
            return given.pop()
        entered.set()
        leave.wait(5)
        return Token("two", 9000.0)

    dialect = VertexDialect(source, clock=clock)
    dialect.key({}, ())
    clock.now = 4400.0
    renewing = threading.Thread(target=dialect.key, args=({}, ()))
    renewing.start()
    entered.wait(5)
    assert dialect.key({}, ()) == "one"
    leave.set()
    renewing.join()
    assert dialect.key({}, ()) == "two"


# ---- what is said where there is none


def test_without_any_source_the_variables_are_named():
    told = (
        "google-vertex: not configured; set GOOGLE_VERTEX_TOKEN or GOOGLE_APPLICATION_CREDENTIALS or GCE_METADATA_HOST"
    )
    with pytest.raises(NotConfigured) as caught:
        ProviderClient(SPEC, environment=PROJECT).chat(HI, "gemini")
    assert str(caught.value) == f"{told} in the environment"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file or directory"),
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("{}", "its type is 'None'; service_account and authorized_user are read"),
        (
            '{"type": "external_account"}',
            "its type is 'external_account'; service_account and authorized_user are read",
        ),
        ('{"type": "service_account"}', "it has no client_email"),
        ('{"type": "service_account", "client_email": "e"}', "it has no private_key"),
        (
            '{"type": "service_account", "client_email": "e", "private_key": "hush"}',
            "it is not a private RSA key in PEM",
        ),
        ('{"type": "authorized_user", "client_id": "c"}', "it has no client_secret"),
        ('{"type": "service_account", "token_uri": "http://evil.example/token"}', "its token_uri is not https"),
        ('{"type": "service_account", "token_uri": "file:///etc/passwd"}', "its token_uri is not https"),
    ],
)
def test_an_unusable_file_says_why(tmp_path, text, why):
    path = tmp_path / "credentials.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(NotConfigured) as caught:
        VertexDialect().key({"GOOGLE_APPLICATION_CREDENTIALS": str(path)}, ())
    assert str(caught.value) == f"google-vertex: not configured; GOOGLE_APPLICATION_CREDENTIALS names {path}: {why}"
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_a_refusal_of_the_token_server_says_its_reason(server, wire, credentials, private_key):
    server.answers(wire.answer({"error": "invalid_grant", "error_description": "Invalid JWT"}, status=400))
    with pytest.raises(AuthenticationFailed) as caught:
        VertexDialect().key(credentials(), ())
    error = caught.value
    assert str(error) == "google-vertex: no access token: the token server answered with status 400: Invalid JWT"
    assert (error.status_code, error.code) == (400, "invalid_grant")
    assert private_key[0].splitlines()[3] not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("status", "kind"), [(403, AuthenticationFailed), (500, ProviderFailed), (503, ProviderFailed)]
)
def test_other_statuses_have_their_kind(server, wire, credentials, status, kind):
    server.answers(wire.answer(b"<html>", status=status, kind="text/html"))
    with pytest.raises(kind, match=f"no access token: the token server answered with status {status}$"):
        VertexDialect().key(credentials(), ())


def test_a_redirect_is_not_followed(server, wire, credentials):
    server.answers(wire.answer(b"", status=302, headers=[f"Location: http://127.0.0.1:{server.port}/other"]))
    with pytest.raises(Exception, match="no access token: the token server answered with status 302"):
        VertexDialect().key(credentials(), ())
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"{}", b'{"access_token": 1}', b'{"access_token": "a", "expires_in": "x"}']
)
def test_an_answer_that_is_no_token_is_said(server, wire, credentials, body):
    server.answers(wire.answer(body))
    with pytest.raises(ProviderUnreachable, match=r"no access token: \w+Error from the token server"):
        VertexDialect().key(credentials(), ())


def test_a_token_server_that_is_not_there_is_said(credentials):
    with pytest.raises(ProviderUnreachable, match="no access token: URLError from the token server"):
        VertexDialect().key(credentials(token_uri="http://127.0.0.1:9/token"), ())


def test_a_token_is_in_no_representation():
    assert SECRET not in repr(Token(SECRET, 1.0))

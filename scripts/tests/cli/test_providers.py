"""``cutover providers``: what is listed, and what is said of a provider that is tried on loopback."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

KEY = "gsk_Wq3tXz9LpV2mN8bK"
ENV = {"GROQ_API_KEY": KEY}
MODELS = {"data": [{"id": "whisper-large"}, {"id": "llama-3"}, {"id": "qwen"}]}
ANSWER = {"choices": [{"index": 0, "message": {"content": "ok"}, "finish_reason": "stop"}]}
CHUNKS = [
    {"choices": [{"index": 0, "delta": {"content": "ok"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
VARIABLES = (
    "GROQ_API_KEY", "NEARAI_API_KEY", "NEAR_API_KEY", "GOOGLE_VERTEX_TOKEN", "HF_TOKEN", "CLOUDFLARE_API_TOKEN",
)  # fmt: skip


@dataclass
class Upstream:
    """A provider: answers by path, unless `refusals` has a status and a body for it."""

    url: str = ""
    asked: list = field(default_factory=list)
    refusals: dict = field(default_factory=dict)
    models: object = field(default_factory=lambda: MODELS)

    def answer(self, handler, method):
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        found = json.loads(body) if body else {}
        step = "models" if method == "GET" else "streams" if found.get("stream") else "answers"
        self.asked.append((step, handler.path, found, handler.headers.get("authorization")))
        if step in self.refusals:
            return self.send(handler, *self.refusals[step])
        if step == "streams":
            events = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in CHUNKS) + b"data: [DONE]\n\n"
            return self.send(handler, 200, events, "text/event-stream")
        return self.send(handler, 200, self.models if step == "models" else ANSWER)

    def send(self, handler, status, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def steps(self):
        return [step for step, *_ in self.asked]


@pytest.fixture
def upstream():
    upstream = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            upstream.answer(self, "GET")

        def do_POST(self):
            upstream.answer(self, "POST")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        upstream.url = f"http://127.0.0.1:{server.server_port}/v1"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield upstream
        server.shutdown()


@pytest.fixture
def check(cutover, upstream):
    """Run ``providers check`` on groq, or other providers, which are on loopback; the key is never shown."""

    def check(*words, env=ENV, names=("groq",), **options):
        urls = [word for name in names for word in ("--base-url", f"{name}={upstream.url}")]
        ran = cutover(
            "providers", "check", *names, *urls, *words, env={**dict.fromkeys(VARIABLES, ""), **env}, **options
        )
        assert KEY not in ran.out + ran.err
        assert "Traceback" not in ran.err
        return ran

    return check


def told(ran, name="groq"):
    """What was said of a provider: state by step."""
    (found,) = [each for each in ran.data["providers"] if each["name"] == name]
    return {step: found[step]["state"] for step in ("configured", "reachable", "models", "answers", "streams")}


ALL_OK = {"configured": "ok", "reachable": "ok", "models": "ok", "answers": "ok", "streams": "ok"}


# ---- check


def test_a_provider_that_works_is_said_to(check, upstream):
    ran = check()
    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["provider", "configured", "reachable", "models", "answers", "streams"],
        ["groq", "yes", "yes", "3", "yes", "yes"],
    ]
    assert upstream.steps() == ["models", "answers", "streams"]
    assert {key for *_, key in upstream.asked} == {f"Bearer {KEY}"}


def test_the_first_listed_model_that_can_chat_is_asked(check, upstream):
    ran = check("--json")
    assert (ran.code, told(ran)) == (0, ALL_OK)
    assert [body["model"] for step, _, body, _ in upstream.asked if step != "models"] == ["llama-3", "llama-3"]
    (found,) = ran.data["providers"]
    assert (found["models"]["detail"], found["answers"]["detail"]) == ("3", "llama-3")
    assert found["streams"]["detail"] == "llama-3, 2 chunks"


def test_a_named_model_is_asked(check, upstream):
    assert check("--model", "groq=qwen").code == 0
    assert [body["model"] for step, _, body, _ in upstream.asked if step != "models"] == ["qwen", "qwen"]


def test_a_call_asks_for_few_words(check, upstream):
    check()
    assert {body["max_tokens"] for step, _, body, _ in upstream.asked if step != "models"} == {16}


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        ("models", {"models": "failed", "answers": "not tried", "streams": "not tried"}),
        ("answers", {"answers": "failed"}),
        ("streams", {"streams": "failed"}),
    ],
)
def test_a_step_that_fails_is_a_finding_and_the_others_are_told(check, upstream, refused, expected):
    upstream.refusals[refused] = (500, {"error": {"message": "down"}})
    ran = check("--json")
    assert (ran.code, told(ran)) == (1, ALL_OK | expected)
    (found,) = ran.data["providers"]
    assert found[refused]["detail"] == "answered with status 500: down"


def test_what_failed_is_said_in_words_below_the_table(check, upstream):
    upstream.refusals["models"] = (500, {"error": {"message": "down"}})
    lines = check().out.splitlines()
    assert lines[1].split() == ["groq", "yes", "yes", "no", "-", "-"]
    assert lines[2:] == [
        "",
        "groq, models: answered with status 500: down",
        "groq, answers and streams: name a model with --model groq=MODEL",
    ]


def test_where_the_key_is_refused_no_model_is_asked_for(check, upstream):
    upstream.refusals["models"] = (401, {"error": {"message": "Invalid API Key"}})
    assert check().out.splitlines()[2:] == ["", "groq, models: answered with status 401: Invalid API Key"]


def test_of_several_it_is_said_which_work(check, upstream):
    upstream.refusals["streams"] = (500, {"error": {"message": "down"}})
    assert "0 of 2 answer and stream" in check(env={**ENV, "HF_TOKEN": KEY}, names=("huggingface", "groq")).out
    upstream.refusals.clear()
    shown = check(env={**ENV, "HF_TOKEN": KEY}, names=("huggingface", "groq")).out
    assert shown.splitlines()[-1] == "2 of 2 answer and stream: huggingface, groq"


def test_with_a_named_model_calls_are_tried_though_there_is_no_list(check, upstream):
    upstream.refusals["models"] = (404, {"error": {"message": "no list"}})
    assert told(check("--json", "--model", "groq=qwen")) == ALL_OK | {"models": "failed"}


def test_a_list_without_a_model_that_chats_leaves_the_calls_untried(check, upstream):
    upstream.models = {"data": [{"id": "whisper-large"}, {"id": "text-embedding-3"}]}
    ran = check("--json")
    assert (ran.code, told(ran)) == (0, ALL_OK | {"answers": "not tried", "streams": "not tried"})


def test_a_provider_that_repeats_the_key_does_not_have_it_shown(check, upstream):
    upstream.refusals["answers"] = (401, {"error": {"message": f"Incorrect key: {KEY}"}})
    ran = check("--json")
    assert ran.code == 1
    assert ran.data["providers"][0]["answers"]["detail"] == "answered with status 401: Incorrect […]"
    assert "Incorrect […]" in check().out


@pytest.mark.parametrize("words", ["short", "pass word 1234", "k-1"])
def test_a_key_of_any_form_is_taken_out(check, upstream, words):
    upstream.refusals["answers"] = (401, {"error": {"message": f"bad {words}!"}})
    ran = check(env={"GROQ_API_KEY": words})
    assert words not in ran.out or len(words) <= 3


def test_nobody_there_is_said_once_and_nothing_more_is_tried(cutover):
    ran = cutover(
        "providers", "check", "groq", "--base-url", "groq=http://127.0.0.1:9/v1", "--model", "groq=m", "--json", env=ENV
    )
    assert ran.code == 1
    assert told(ran) == {
        "configured": "ok",
        "reachable": "failed",
        "models": "not tried",
        "answers": "not tried",
        "streams": "not tried",
    }
    assert "Connection refused" in ran.data["providers"][0]["reachable"]["detail"]


def test_a_provider_without_a_list_is_tried_with_the_model_that_is_named(check, upstream):
    environment = {"GOOGLE_VERTEX_TOKEN": KEY, "GOOGLE_VERTEX_PROJECT": "p-1"}
    ran = check("--json", "--model", "google-vertex=gemini", env=environment, names=("google-vertex",))
    assert (ran.code, told(ran, "google-vertex")) == (0, ALL_OK | {"models": "not tried"})
    assert upstream.asked[0][2]["model"] == "google/gemini"
    ran = check("--json", env=environment, names=("google-vertex",))
    assert told(ran, "google-vertex")["reachable"] == "not tried"


def test_several_are_tried_and_told_in_the_order_of_their_names(check, upstream):
    ran = check("--json", env={**ENV, "HF_TOKEN": KEY}, names=("huggingface", "groq"))
    assert [each["name"] for each in ran.data["providers"]] == ["huggingface", "groq"]
    assert (told(ran), told(ran, "huggingface")) == (ALL_OK, ALL_OK)


def test_a_named_provider_that_is_not_configured_is_a_finding(check):
    ran = check("--json", env={})
    expected = dict.fromkeys(ALL_OK, "not tried") | {"configured": "failed"}
    assert (ran.code, told(ran)) == (1, expected)
    detail = ran.data["providers"][0]["configured"]["detail"]
    assert detail == "not configured; set GROQ_API_KEY in the environment"


def test_a_file_of_credentials_that_is_not_there_is_said(cutover, tmp_path):
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json"), "GOOGLE_VERTEX_PROJECT": "p-1"}
    ran = cutover(
        "providers", "check", "google-vertex", "--model", "google-vertex=g", "--json",
        env={"GOOGLE_VERTEX_TOKEN": "", **environment},
    )  # fmt: skip
    assert (ran.code, told(ran, "google-vertex")["configured"]) == (1, "failed")
    detail = ran.data["providers"][0]["configured"]["detail"]
    path = environment["GOOGLE_APPLICATION_CREDENTIALS"]
    assert detail == (f"not configured; GOOGLE_APPLICATION_CREDENTIALS names {path}: No such file or directory")


def test_without_names_those_that_are_configured_are_tried(cutover, upstream):
    blank = _nothing_configured(cutover)
    ran = cutover("providers", "check", "--base-url", f"groq={upstream.url}", "--json", env={**blank, **ENV})
    assert (ran.code, told(ran)) == (0, ALL_OK)
    assert len(ran.data["not_configured"]) == 21
    shown = cutover("providers", "check", "--base-url", f"groq={upstream.url}", env={**blank, **ENV}).out
    assert shown.splitlines()[-1].endswith("; `cutover providers list` says what each needs")


def test_with_nothing_configured_there_is_nothing_to_be_glad_of(cutover):
    ran = cutover("providers", "check", "--json", env=_nothing_configured(cutover))
    assert (ran.code, ran.data["providers"]) == (1, [])


def _nothing_configured(cutover):
    """An environment without any key."""
    listed = cutover("providers", "list", "--json").data["providers"]
    return {variable: "" for each in listed for variable in each["key_env"]} | {"K_SERVICE": ""}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["grok"], "no provider 'grok'"),
        (["groq", "--model", "llama"], "'llama' is not PROVIDER=MODEL"),
        (["groq", "--model", "near=llama"], "'near' is not among the providers that are checked"),
        (["groq", "--base-url", "http://127.0.0.1"], "'http://127.0.0.1' is not PROVIDER=BASE-URL"),
        (["groq", "--base-url", "groq=ftp://x"], "'ftp://x' does not begin with http:// or https://"),
        (["--timeout", "0"], "0.0 is not in the range"),
    ],
)
def test_words_that_cannot_be_meant_are_refused(cutover, words, message):
    ran = cutover("providers", "check", *words, width=200)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


# ---- list


def test_all_are_listed_with_what_they_need(cutover):
    ran = cutover("providers", "list", env=_nothing_configured(cutover))
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["provider", "configured", "key", "from,", "then", "settings"]
    assert sum(line[0] != " " for line in lines[1:]) == 22
    (first,) = [number for number, line in enumerate(lines) if line.startswith("cloudflare")]
    assert " ".join(" ".join(lines[first : first + 4]).split()) == (
        "cloudflare-workers-ai - CLOUDFLARE_API_TOKEN CLOUDFLARE_API_KEY and CLOUDFLARE_ACCOUNT_ID and CF_ACCOUNT_ID"
    )
    assert max(map(len, lines)) <= 80


def test_one_is_listed_as_configured_once_its_key_is_set(cutover):
    blank = _nothing_configured(cutover)
    assert cutover("providers", "list", "groq", env={**blank, **ENV}).out.splitlines()[1].split() == [
        "groq",
        "yes",
        "GROQ_API_KEY",
    ]


def test_the_list_for_machines_has_each_entry_whole_and_no_key(cutover):
    ran = cutover("providers", "list", "groq", "near", "--json", env=ENV)
    assert [each["name"] for each in ran.data["providers"]] == ["groq", "near"]
    groq = ran.data["providers"][0]
    assert groq["documentation"] == "https://console.groq.com/docs/openai"
    assert (groq["unsupported"], groq["configured"]) == (["logprobs", "logit_bias", "top_logprobs"], True)
    assert KEY not in ran.out

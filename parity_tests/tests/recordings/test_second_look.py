import base64
import hashlib
import json
import random
import string
import uuid

import pytest

from cutover_parity import (
    Answer,
    Exchange,
    RecordingWriter,
    Request,
    Route,
    Scrubber,
    SecretLeft,
    check_recording,
    finish_recording,
    read_recording,
    read_routes,
)

JSON = (("content-type", "application/json"),)
BASE62 = string.ascii_letters + string.digits


class Blind(Scrubber):
    """A scrubber with a gap: it sees nothing."""

    def route(self, route):
        return route


def planted(secret, place):
    request, answer = Request("POST", "/v1/x", JSON, b"{}"), Answer(200, JSON, (b"{}",))
    body = json.dumps({"config": {"field": secret}}).encode()
    if place == "named":
        request = Request("POST", "/v1/x", JSON, json.dumps({"auth": {"api_key": secret}}).encode())
    elif place == "header":
        request = Request("POST", "/v1/x", (("x-thing", secret.replace("\n", "")),), b"{}")
    elif place == "upstream":
        return Route("r1", request, answer, (Exchange(Request("POST", "https://u.invalid/", JSON, body)),))
    else:
        event = f"data: {json.dumps({'delta': f'it is {secret} ok'})}\n\n".encode()
        answer = Answer(200, (("content-type", "text/event-stream"),), (event[:20], event[20:]))
    return Route("r1", request, answer)


def write(path, *routes, **options):
    with RecordingWriter(path, content=["*"], **options) as writer:
        for route in routes:
            writer.write(route)


PLACES = {
    "named": "request.body.auth.api_key",
    "header": "request.headers.x-thing",
    "upstream": "exchanges.0.request.body.config.field",
    "stream": "answer.body.delta",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_that_the_scrubber_missed_keeps_the_recording_from_being_finished(tmp_path, secrets, place):
    secret, path = secrets(), tmp_path / "traffic.jsonl"
    if secrets.kind == "password":
        place = "named"  # without a name it is a word
    with pytest.raises(SecretLeft) as refused:
        write(path, planted(secret, place), scrubber=Blind())
    message = str(refused.value)
    assert message.startswith(f"{path} is not finished: ")
    assert f"traffic.jsonl, line 2, {PLACES[place]}: " in message
    assert secret not in message
    assert not path.exists()
    assert refused.value.unfinished == (tmp_path / "traffic.jsonl.unfinished",)
    assert len(list(read_routes(refused.value.unfinished[0]))) == 1


def test_only_what_this_writer_wrote_is_looked_at_and_only_its_segment_is_set_aside(tmp_path):
    folder = tmp_path / "traffic"
    clean, bad = planted("ok", "upstream"), planted("AKIA" + "Q7ZT2M4N5P6R3S8W", "upstream")
    write(folder, *[clean] * 5, segment_bytes=600)
    with pytest.raises(SecretLeft):
        write(folder, bad, clean, clean, clean, scrubber=Blind(), segment_bytes=600)
    names = sorted(file.name for file in folder.iterdir())
    assert sum(name.endswith(".unfinished") for name in names) == 1
    assert len(read_recording(folder).routes) >= 5
    write(folder, clean)


@pytest.mark.parametrize("allowed", ["exchanges.0.request.body.config.field", "exchanges.*.request.body.config.field"])
def test_a_place_that_was_allowed_may_hold_what_it_holds_and_no_other(tmp_path, allowed):
    path, secret = tmp_path / "traffic.jsonl", "".join(random.Random(1).choices(BASE62, k=40))
    write(path, planted(secret, "upstream"), scrubber=Blind(), allowed=[allowed])
    assert check_recording(path, allowed=[allowed]) == ()
    (found,) = check_recording(path)
    assert str(found) == "traffic.jsonl, line 2, exchanges.0.request.body.config.field: random characters"
    with pytest.raises(SecretLeft):
        write(path, planted(secret, "header"), scrubber=Blind(), allowed=[allowed])


def test_what_was_set_aside_is_finished_once_its_place_is_allowed(tmp_path):
    path, secret = tmp_path / "traffic.jsonl", "".join(random.Random(1).choices(BASE62, k=40))
    with pytest.raises(SecretLeft) as refused:
        write(path, planted(secret, "header"), scrubber=Blind())
    (aside,) = refused.value.unfinished
    with pytest.raises(SecretLeft):
        finish_recording(aside)
    assert finish_recording(aside, allowed=["request.headers.x-thing"]) == path
    assert len(read_recording(path).routes) == 1


def test_a_second_file_that_is_set_aside_does_not_overwrite_the_first(tmp_path):
    secret = "".join(random.Random(1).choices(BASE62, k=40))
    for _ in range(2):
        with pytest.raises(SecretLeft):
            write(tmp_path / "t.jsonl", planted(secret, "header"), scrubber=Blind())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["t.jsonl.unfinished", "t.jsonl.unfinished-2"]


MODELS = [
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "accounts/fireworks/models/llama-v3p1-405b-instruct",
    "Qwen/Qwen2.5-VL-72B-Instruct",
    "claude-3-5-sonnet-20241022",
    "mistralai/Mixtral-8x22B-Instruct-v0.1",
]
WORDS = (__doc__ or "the model answers what people ask of it and streams whole sentences back to them").split()


def honest(draw):
    """A route with everything that looks random and is none: ids, hashes, model names, images, dates, links."""

    def made(prefix, count):
        return prefix + "".join(draw.choices(BASE62, k=count))

    digest = hashlib.sha256(draw.randbytes(8)).hexdigest()
    image = "data:image/png;base64," + base64.b64encode(draw.randbytes(draw.choice([90, 700, 3000]))).decode()
    said = " ".join(draw.choices(WORDS, k=30)) + " see https://example.com/blog/2024/05/how-to-write-tests?page=2"
    body = {
        "model": draw.choice(MODELS),
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": said}, {"type": "image_url", "image_url": {"url": image}}],
            },
            {
                "role": "tool",
                "tool_call_id": made("call_", 24),
                "content": json.dumps({"sha256": digest, "at": 1763900000}),
            },
        ],
        "metadata": {
            "session_id": uuid.UUID(int=draw.getrandbits(128)).hex,
            "request_id": str(uuid.UUID(int=draw.getrandbits(128))),
        },
    }
    headers = (
        *JSON,
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"),
        ("traceparent", f"00-{draw.getrandbits(128):032x}-{draw.getrandbits(64):016x}-01"),
        ("authorization", made("Bearer sk-proj-", 40)),
    )
    events = [
        {
            "id": made("chatcmpl-", 29),
            "system_fingerprint": f"fp_{draw.getrandbits(40):010x}",
            "model": body["model"],
            "choices": [{"index": 0, "delta": {"content": draw.choice(WORDS)}, "finish_reason": None}],
        }
        for _ in range(5)
    ]
    chunks = tuple(f"data: {json.dumps(event)}\n\n".encode() for event in events)
    limited = {"error": {"message": f"Rate limit for {body['model']} in organization {made('org-', 24)}: Limit 30000."}}
    answers = (
        Answer(200, (("etag", f'W/"{digest[:32]}"'), ("x-request-id", made("req_", 24))), chunks),
        Answer(429, JSON, (json.dumps(limited).encode(),)),
    )
    data = json.dumps(body).encode()
    asked = Request("POST", "https://api.example.com/v1/chat/completions", headers, data)
    url = f"/v1/chat/completions?session_id={uuid.UUID(int=draw.getrandbits(128)).hex}"
    return Route(
        digest[:32], Request("POST", url, headers, data), answers[0], tuple(Exchange(asked, a) for a in answers)
    )


@pytest.mark.parametrize("content", [(), ("*",)])
def test_honest_traffic_raises_no_false_alarm(tmp_path, content):
    draw = random.Random(20261123)
    path = tmp_path / "traffic.jsonl"
    with RecordingWriter(path, content=content) as writer:
        for _ in range(100):
            writer.write(honest(draw))
    assert check_recording(path) == ()
    text = path.read_text()
    assert text.count("secret-") == 300
    assert "chatcmpl-" in text

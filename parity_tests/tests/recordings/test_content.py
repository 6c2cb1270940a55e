import json
import re
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_parity import (
    Answer,
    ArmSpec,
    Exchange,
    RecordingWriter,
    Request,
    Route,
    cases_from,
    read_recording,
    recording_server,
    replay,
    report_text,
)
from cutover_parity.recordings._agreement import agrees
from cutover_parity.secrets._content import ContentMask

JSON = (("content-type", "application/json"),)
STREAM = (("content-type", "text/event-stream"),)
BODY = {
    "model": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "provider": " Open Router ",
    "messages": [
        {"role": "system", "content": "You are kind."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": "Grüße, 世界 😀!\n"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {
                        "name": "get_weather",
                        "arguments": '{"city": "Paris", "zip": 75001234, "sure": true, "note": "caf\\u00e9"}',
                    },
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": '{"temperature": 21.5, "sky": "blue"}'},
    ],
    "tools": [{"type": "function", "function": {"name": "get_weather", "description": "Tells the weather."}}],
    "tool_choice": "auto",
    "temperature": 0.5,
    "stop": ["END"],
    "user": "u-17",
}
KEPT = [
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    " Open Router ",
    "system",
    "call_1",
    "get_weather",
    "auto",
    "END",
    "u-17",
]
SAID = ["kind", "Hello", "Grüße", "世界", "Paris", "75001234", "café", "blue", "Tells", "weather."]


@pytest.fixture
def mask():
    return ContentMask(b"key")


def body_of(mask, data, headers=JSON):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return mask.request(Request("POST", "/v1/x", headers, raw)).body


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [None, 2])
def test_words_are_masked_and_structure_stays_byte_for_byte(mask, ascii_only, indent):
    raw = json.dumps(BODY, ensure_ascii=ascii_only, indent=indent).encode()
    masked = body_of(mask, raw)
    assert len(masked) == len(raw)
    assert re.sub(r"\w", "", masked.decode()) == re.sub(r"\w", "", raw.decode())
    data = json.loads(masked)
    text = json.dumps(data, ensure_ascii=False)
    assert [word for word in SAID if word in text] == []
    assert [word for word in KEPT if json.dumps(word) not in text] == []
    arguments = json.loads(data["messages"][2]["tool_calls"][0]["function"]["arguments"])
    assert list(arguments) == ["city", "zip", "sure", "note"]
    assert (len(str(arguments["zip"])), arguments["sure"]) == (8, True)
    assert json.loads(data["messages"][3]["content"])["temperature"] == 21.5


def test_the_same_word_has_the_same_mask_alone_and_inside_other_text_and_another_under_another_key(mask):
    texts = ["Paris", "I love Paris.", "System: be kind\nUser: Paris", 'say "Paris"']
    masked = [json.loads(body_of(mask, {"content": text}))["content"] for text in texts]
    assert all(masked[0] in text for text in masked)
    assert json.loads(body_of(ContentMask(b"other"), {"content": "Paris"}))["content"] != masked[0]


@pytest.mark.parametrize(
    ("path", "kept", "gone"),
    [
        ("messages.*.content", ["You are kind.", "Hello", "blue"], ["Paris", "Tells"]),
        ("messages.0.content", ["You are kind."], ["Hello", "blue", "Paris", "Tells"]),
        ("messages", ["You are kind.", "Hello", "Paris", "blue"], ["Tells"]),
        ("tools.*.function.description", ["Tells the weather."], ["kind", "Hello", "Paris"]),
        ("message", [], ["kind", "Hello", "Paris", "Tells"]),
        ("*", SAID[:-5], []),
    ],
)
def test_fields_that_were_opted_in_are_kept_and_no_others(path, kept, gone):
    mask = ContentMask(b"key", content=[path])
    route = mask.route(Route("1", Request("POST", "/", JSON, json.dumps(BODY, ensure_ascii=False).encode()), None))
    text = route.request.body.decode()
    assert [word for word in kept if word not in text] == []
    assert [word for word in gone if word in text] == []


@pytest.mark.parametrize(
    "data",
    [
        {"model": "gpt-4o"},
        {"error": {"message": "You ran out of money"}},
        {"id": "chatcmpl-1", "n": 12345678},
        [1, None],
    ],
)
def test_structure_alone_is_left_alone(mask, data):
    assert json.loads(body_of(mask, data)) == data


def test_the_text_of_an_error_stays_and_that_of_an_answer_does_not(mask):
    body = (b'{"detail":"No such model, sorry"}',)
    assert mask.answer(Answer(404, JSON, body)).chunks == body
    assert b"sorry" not in mask.answer(Answer(200, JSON, body)).body


def events(*deltas):
    made = [{"choices": [{"index": index, "delta": delta}]} for index, delta in deltas]
    return "".join(f"data: {json.dumps(event)}\n\n" for event in made) + "data: [DONE]\n\n"


@given(st.lists(st.integers(0, 900), max_size=8))
def test_a_stream_is_masked_across_its_chunk_edges_which_stay(cuts):
    stream = events(
        (0, {"role": "assistant", "content": "Hello"}), (1, {"content": "Paris in"}), (0, {"content": " you"})
    ).encode()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = tuple(stream[start:end] for start, end in pairwise(edges))
    masked = ContentMask(b"key").answer(Answer(200, STREAM, chunks))
    assert [len(chunk) for chunk in masked.chunks] == [len(chunk) for chunk in chunks]
    assert all(word not in masked.body for word in (b"Hello", b"Paris", b"you"))
    assert b'"role": "assistant"' in masked.body
    assert masked.body.endswith(b"data: [DONE]\n\n")


def test_arguments_that_stream_in_fragments_are_valid_json_when_joined(mask):
    text = '{"city": "Par\\u00eds", "sure": true, "zip": 75001234}'
    pieces = [text[start : start + 3] for start in range(0, len(text), 3)]
    deltas = [
        (0, {"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        for piece in pieces
        for index in (0, 1)
    ]
    masked = mask.answer(Answer(200, STREAM, (events(*deltas).encode(),))).body.decode()
    joined = {0: "", 1: ""}
    for line in re.findall("^data: ({.*)$", masked, re.MULTILINE):
        (call,) = json.loads(line)["choices"][0]["delta"]["tool_calls"]
        joined[call["index"]] += call["function"]["arguments"]
    for arguments in map(json.loads, joined.values()):
        assert arguments["sure"] is True
        assert arguments["city"] != "París"
        assert len(arguments["city"]) == 5


@pytest.mark.parametrize(
    ("kind", "body", "kept", "gone"),
    [
        ("application/json", b'{"model": "m", "messages": [{"content": "Hello wor', b'"model": "m"', b"Hello"),
        ("application/x-www-form-urlencoded", b"model=m&prompt=Hello+w%C3%B6rld", b"model=m&prompt=", b"Hello"),
        ("text/plain", b"Hello my world", b" ", b"Hello"),
        ("text/html", b"<b class='x'>Hello</b> world", b"<b class='x'>", b"Hello"),
        ("audio/mpeg", b"\xff\xfbHello", b"", b"Hello"),
        ("application/x-ndjson", b'{"content": "Hello"}\n{"content": "Hello"}\n', b'"content": "', b"Hello"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b\r\n'
            b'content-disposition: form-data; name="file"; filename="Hello.mp3"\r\n\r\n\xffHello\r\n--b--\r\n',
            b"whisper-1",
            b"Hello",
        ),
    ],
)
def test_every_kind_of_body_is_masked_at_its_length(mask, kind, body, kept, gone):
    masked = body_of(mask, body, (("content-type", kind),))
    assert len(masked) == len(body)
    assert kept in masked
    assert gone not in masked


def test_words_in_a_url_and_in_an_unknown_header_are_masked_and_known_headers_stay(mask):
    headers = (("user-agent", "Some Browser 1.0"), ("x-provider", "groq"), ("x-question", "Who is Bob?"))
    masked = mask.request(Request("GET", "/search/who%20is?q=who+is+Bob&model=gpt-4o", headers))
    assert masked.headers[:2] == headers[:2]
    assert "Bob" not in masked.headers[2][1] + masked.url
    assert masked.url.endswith("&model=gpt-4o")
    assert masked.url.startswith("/search/")


def test_a_placeholder_and_the_front_of_a_data_url_stay(mask):
    image = "data:image/png;base64,iVBORw0KGgo="
    data = json.loads(body_of(mask, {"content": "key secret-0123456789abcdef here", "image_url": {"url": image * 3}}))
    assert "secret-0123456789abcdef" in data["content"]
    assert data["image_url"]["url"].startswith("data:image/png;base64,")
    assert "iVBORw0KGgo" not in data["image_url"]["url"]


@pytest.mark.parametrize(
    ("recorded", "asked", "agree"),
    [
        ("bcd fghjk", "You there", True),
        ("bcd fghjk", "You  here", False),
        ("Hello", "Hallo", False),
        ("key secret-0123456789abcdef.", "key hunter2.", True),
        ({"n": 1, "content": "Bcdfg"}, {"n": 1, "content": "Hello"}, True),
        ({"n": 1}, {"n": 2}, False),
        ({"n": 1}, {"n": True}, False),
        ({"model": "gpt-4o"}, {"model": "gpt-5o"}, False),
        (["bcd"], ["bcd", "bcd"], False),
    ],
)
def test_what_is_masked_agrees_with_what_it_may_stand_for(recorded, asked, agree):
    assert agrees(recorded, asked) is agree


def test_a_masked_recording_of_a_gateway_replays_with_nothing_unmatched(gateway, upstream, tmp_path):
    ours, out = gateway("lanes"), tmp_path / "masked"
    legacy, env = ours.copy("legacy"), {"LANES_UPSTREAM": upstream}
    messages = [{"role": "user", "content": "Where does Bob live?"}]
    with recording_server(ours.app, root=legacy, out=out, env=env) as base:
        for backend in ("ash", "birch", "cedar"):
            for stream in (False, True):
                body = {"backend": backend, "messages": messages, "model": "m", "stream": stream}
                assert httpx.post(f"{base}/v1/talk", json=body).status_code == 200
    written = "".join(file.read_text() for file in out.iterdir())
    assert "Bob" not in written
    cases = tuple(cases_from([read_recording(out)], ours.plan, generate=False))
    for depth in ("calls", "http"):
        arms = ArmSpec(legacy, ours.app, env=env), ArmSpec(ours.copy(f"registry-{depth}"), ours.app, env=env)
        report = replay(*arms, cases, depth=depth, plan=ours.plan)
        assert report.clean, report_text(report)
        assert report.replays == 6


def test_an_application_that_joins_its_own_words_to_masked_ones_finds_its_recorded_exchange(tmp_path):
    said = "Where is Bob?"
    asked = Request("POST", "https://u.invalid/v1", JSON, json.dumps({"prompt": f"Be kind. {said}"}).encode())
    path = tmp_path / "t.jsonl"
    with RecordingWriter(path) as writer:
        incoming = Request("POST", "/", JSON, json.dumps({"content": said}).encode())
        writer.write(Route("1", incoming, None, (Exchange(asked, Answer(200)),)))
    (route,) = read_recording(path).routes
    joined = {"prompt": f"Be kind. {json.loads(route.request.body)['content']}"}
    assert "Bob" not in path.read_text()
    assert agrees(json.loads(route.exchanges[0].request.body), joined)

"""Messages of a conversation: every role, plain and multimodal content, tool calls and their results."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from cutover_parity._messages import Json
from cutover_parity.strategies._values import odd_values, rarely, texts

_PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_NAMES = ("lookup", "get_weather", "a-b", "nämen", "")
_ARGUMENTS = ("{}", '{"city": "Wien"}', "", "{", "null", '{"deep": {"list": [1, 2, 3]}}')
_ROLES = ("user", "system", "developer", "assistant", "tool", "function", "User", "")


@cache
def messages(*, most: int = 5) -> st.SearchStrategy[list[Json]]:
    """A conversation; now and then an empty or a very long one."""
    usual = st.lists(_message(), min_size=1, max_size=most)
    sizes = st.sampled_from((0, 100, 500))
    odd = sizes.map(lambda count: [{"role": "user", "content": str(n)} for n in range(count)])
    return rarely(12).flatmap(lambda drawn: odd if drawn else usual)


@cache
def contents() -> st.SearchStrategy[Json]:
    """What a message says: text, parts of several media, nothing."""
    return texts() | st.lists(_part(), min_size=1, max_size=3) | st.none()


@cache
def tool_calls() -> st.SearchStrategy[list[Json]]:
    """Calls that an assistant message asks for."""
    function = st.fixed_dictionaries({"name": st.sampled_from(_NAMES), "arguments": st.sampled_from(_ARGUMENTS)})
    call = st.fixed_dictionaries({"id": _call_id(), "type": st.just("function"), "function": function})
    return st.lists(call, min_size=1, max_size=3)


@cache
def _message() -> st.SearchStrategy[Json]:
    return _messages_one_by_one()


@st.composite
def _messages_one_by_one(draw: st.DrawFn) -> Json:
    role = draw(_roles())
    message: dict[str, Any] = {"role": role, "content": draw(contents())}
    if role == "assistant" and draw(rarely(2)):
        message["tool_calls"] = draw(tool_calls())
    if role in {"tool", "function"}:
        message["tool_call_id" if role == "tool" else "name"] = draw(_call_id())
    if draw(rarely(8)):
        message[draw(_extras())] = draw(odd_values())
    if draw(rarely(20)):
        del message[draw(st.sampled_from(sorted(message)))]
    return message


@cache
def _roles() -> st.SearchStrategy[str]:
    return st.sampled_from(_ROLES)


@cache
def _extras() -> st.SearchStrategy[str]:
    return st.sampled_from(("name", "refusal", "cache_control", "audio"))


@cache
def _part() -> st.SearchStrategy[Json]:
    text = texts().map(lambda value: {"type": "text", "text": value})
    urls = st.sampled_from((_PIXEL, "https://images.invalid/a.png", "", "data:,"))
    image = st.fixed_dictionaries({"url": urls}, optional={"detail": st.sampled_from(("auto", "low", "high", ""))})
    sound = st.fixed_dictionaries({"data": st.just("UklGRg=="), "format": st.sampled_from(("wav", "mp3"))})
    return st.one_of(
        text,
        image.map(lambda value: {"type": "image_url", "image_url": value}),
        sound.map(lambda value: {"type": "input_audio", "input_audio": value}),
        st.just({"type": "file", "file": {"file_id": "file-1"}}),
        texts().map(lambda value: {"type": "input_text", "text": value}),
        st.just({"type": "unknown"}),
    )


@cache
def _call_id() -> st.SearchStrategy[str]:
    return st.sampled_from(("call_1", "call_2", ""))

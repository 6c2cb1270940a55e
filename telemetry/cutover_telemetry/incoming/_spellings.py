"""How others spell what a span of ours would say: every convention that was met, oldest last.

`gen_ai.*` has been renamed more than once (`gen_ai.system`, `gen_ai.usage.prompt_tokens`), and before it there were
`llm.*` of OpenLLMetry and of OpenInference. Read off real spans of LiteLLM 1.109, OpenLLMetry 0.62, the official OpenAI
instrumentation 2.4 and the conventions 1.26 to 1.41; what our own dialects emit is taken from their table. The first
spelling that a span has counts.
"""

from enum import Enum

from cutover_telemetry.names import DIALECTS, Attribute


def _ours(attribute: Attribute) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for dialect in DIALECTS.values() for name in dialect.names(attribute)))


class Fact(Enum):
    """What is read off a span; the value is its spellings."""

    # An Enum's own hash is a call of Python, and facts are looked up all the time.
    __hash__ = object.__hash__

    PROVIDER = (*_ours(Attribute.PROVIDER), "gen_ai.system", "llm.provider", "llm.system", "llm.vendor")
    MODEL = (*_ours(Attribute.MODEL), "llm.request.model", "llm.model_name", "gen_ai.response.model")
    CALLED_MODEL = ("litellm.provider.model",)
    OPERATION = (*_ours(Attribute.OPERATION), "gen_ai.request.type", "llm.request.type")
    KIND = ("openinference.span.kind", "traceloop.span.kind")
    STREAM = (*_ours(Attribute.STREAM), "gen_ai.is_streaming", "llm.is_streaming", "gen_ai.request.is_stream")
    FIRST_CHUNK = (*_ours(Attribute.TIME_TO_FIRST_CHUNK), "gen_ai.server.time_to_first_token")
    INPUT_TOKENS = (
        *_ours(Attribute.INPUT_TOKENS),
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
        "llm.token_count.prompt",
    )
    OUTPUT_TOKENS = (
        *_ours(Attribute.OUTPUT_TOKENS),
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
        "llm.token_count.completion",
    )
    CACHED_TOKENS = (
        *_ours(Attribute.CACHED_TOKENS),
        "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    )
    REASONING_TOKENS = (
        *_ours(Attribute.REASONING_TOKENS),
        "gen_ai.usage.reasoning_tokens",
        "llm.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
    )
    ERROR_TYPE = _ours(Attribute.ERROR_TYPE)
    STATUS_CODE = (*_ours(Attribute.STATUS_CODE), "http.status_code", "litellm.provider.error.code", "error.code")
    FAILED_PROVIDER = ("error.llm_provider",)
    ADDRESS = ("server.address", "gen_ai.openai.api_base", "net.peer.name")
    METHOD = ("http.request.method", "http.method")
    ROUTE = _ours(Attribute.ROUTE)
    SERVICE = ("service.name",)
    ARM = _ours(Attribute.ARM)
    SITE = _ours(Attribute.SITE)
    SLOT = _ours(Attribute.SLOT)
    FUNCTION = _ours(Attribute.FUNCTION)
    NUMBER = _ours(Attribute.ATTEMPT_NUMBER)
    CHUNKS = _ours(Attribute.CHUNKS)
    TIME_PER_CHUNK = _ours(Attribute.TIME_PER_CHUNK)
    LONGEST_GAP = _ours(Attribute.LONGEST_GAP)
    CANCELLED = _ours(Attribute.CANCELLED)
    DETACHED = _ours(Attribute.DETACHED)
    LATE = _ours(Attribute.LATE)
    OUTCOME = _ours(Attribute.OUTCOME)
    DISCONNECTED = _ours(Attribute.DISCONNECTED)
    REASON = _ours(Attribute.REASON)
    STATE_BEFORE = _ours(Attribute.STATE_BEFORE)
    STATE = _ours(Attribute.STATE)


ALL = {spelling: (fact, place) for fact in Fact for place, spelling in enumerate(fact.value)}
"""Each spelling with what it says and how old it is."""

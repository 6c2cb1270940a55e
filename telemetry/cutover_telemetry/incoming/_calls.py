"""Which spans are calls of a model, and the attempt that such a span tells of."""

from itertools import pairwise
from typing import Any

from cutover_telemetry._records import AttemptRecord
from cutover_telemetry.incoming._reading import LEGACY, Reading
from cutover_telemetry.incoming._seen import CHUNKS, FAILED, NANOSECONDS, RAW_REQUEST, SERVER, SeenSpan, text
from cutover_telemetry.incoming._spellings import Fact
from cutover_telemetry.names import OPERATION, Event

OPERATIONS = {
    "chat": OPERATION,
    "completion": OPERATION,
    "acompletion": OPERATION,
    "responses": OPERATION,
    "aresponses": OPERATION,
    "text_completion": "text_completion",
    "atext_completion": "text_completion",
    "generate_content": "generate_content",
}
"""Operations that are calls of a model, and what we call them; embeddings, tools and agents are none."""
TOKENS = {
    "input_tokens": Fact.INPUT_TOKENS,
    "output_tokens": Fact.OUTPUT_TOKENS,
    "cached_tokens": Fact.CACHED_TOKENS,
    "reasoning_tokens": Fact.REASONING_TOKENS,
}
UNSAID = "_OTHER"
MOST_TOKENS = 10**9
LONGEST_SECONDS = 24 * 3600


def is_call(span: SeenSpan) -> bool:
    """Whether the span is one call of a model, by any convention; a route of ours that names a model is none."""
    facts = span.facts
    if Fact.OUTCOME in facts:
        return False
    operation = facts.get(Fact.OPERATION)
    if operation is not None:
        known = str(operation).lower() in OPERATIONS
        return known or (Fact.PROVIDER in facts and str(operation).startswith("ai.") and ".do" in str(operation))
    kind = facts.get(Fact.KIND)
    if kind is not None:
        return str(kind).lower() == "llm"
    return Fact.PROVIDER in facts and Fact.MODEL in facts


def is_raw(span: SeenSpan) -> bool:
    """Whether it is the span that LiteLLM puts inside of a call, or in place of one."""
    return span.name == RAW_REQUEST and Fact.OPERATION not in span.facts


def attempt_of(span: SeenSpan, reading: Reading, *, outer: SeenSpan | None = None) -> AttemptRecord:
    """The attempt; what it does not say of its tokens, `outer` may, the span of the same call around it."""
    facts = span.facts
    error = error_of(span)
    return AttemptRecord(
        provider=reading.provider(span),
        slot=_text(span, Fact.SLOT) or OPERATIONS.get(str(facts.get(Fact.OPERATION, OPERATION)).lower(), OPERATION),
        function=_text(span, Fact.FUNCTION) or span.scope or span.name,
        arm=_text(span, Fact.ARM) or reading.arm or LEGACY,
        site=_text(span, Fact.SITE) or (None if _is_ours(span) else _text(span, Fact.SERVICE)),
        model=_model(span) or (None if outer is None else _model(outer)),
        number=_count(span, Fact.NUMBER),
        started=span.started,
        ended=span.ended,
        cancelled=_true(span, Fact.CANCELLED) and error is None,
        error_type=error,
        late=_true(span, Fact.LATE),
        detached=_true(span, Fact.DETACHED),
        **_stream(span, outer),
        **_tokens(span, outer, failed=error is not None),
    )


def error_of(span: SeenSpan) -> str | None:
    """The error of a span: its HTTP status if it has one, else its class, as in our own records; never its text."""
    failed = span.status == FAILED or Fact.ERROR_TYPE in span.facts
    if not failed:
        return None
    status = status_of(span)
    if status is not None and status >= 400 and not _is_ours(span):
        return str(status)
    return _text(span, Fact.ERROR_TYPE) or UNSAID


def status_of(span: SeenSpan) -> int | None:
    """The HTTP status that a span has, whether as a number or as text."""
    said = str(span.facts.get(Fact.STATUS_CODE, ""))
    return int(said) if said.isascii() and said.isdigit() and len(said) == 3 and 100 <= int(said) <= 599 else None


def _model(span: SeenSpan) -> str | None:
    # LiteLLM's second integration tells the name of a group of models as the model, and beside it provider/model.
    provider, _, model = str(span.facts.get(Fact.CALLED_MODEL, "")).partition("/")
    return model if model and provider == span.facts.get(Fact.PROVIDER) else _text(span, Fact.MODEL)


def _is_ours(span: SeenSpan) -> bool:
    return Fact.FUNCTION in span.facts


def _tokens(span: SeenSpan, outer: SeenSpan | None, *, failed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, fact in TOKENS.items():
        said = _count(span, fact)
        if said is None and outer is not None:
            said = _count(outer, fact)
        # LiteLLM tells 0 tokens of a call that failed.
        found[name] = said if said or not failed else None
    return found


def _stream(span: SeenSpan, outer: SeenSpan | None) -> dict[str, Any]:
    marked = [event.at for event in span.events if event.name == Event.FIRST_CHUNK]
    times = sorted(event.at for event in span.events if event.name in CHUNKS)
    waited = _nanoseconds(span, Fact.FIRST_CHUNK)
    first = None if waited is None else span.started + waited
    if marked or (times and first is None):
        first = min(marked or times)
    around = outer is not None and outer.kind != SERVER and _true(outer, Fact.STREAM)
    found = {"first_chunk": first, "streamed": first is not None or around or _true(span, Fact.STREAM)}
    if times and not span.cut:
        gap = max((after - before for before, after in pairwise(times)), default=None)
        return found | {"chunks": len(times), "last_chunk": times[-1], "longest_gap": gap}
    chunks, each = _count(span, Fact.CHUNKS), _nanoseconds(span, Fact.TIME_PER_CHUNK)
    last = None if first is None or not chunks or each is None else first + each * (chunks - 1)
    return found | {"chunks": chunks, "last_chunk": last, "longest_gap": _nanoseconds(span, Fact.LONGEST_GAP)}


def _text(span: SeenSpan, fact: Fact) -> str | None:
    value = span.facts.get(fact)
    return None if value is None else text(value)


def _true(span: SeenSpan, fact: Fact) -> bool:
    return str(span.facts.get(fact, "")).lower() == "true"


def _count(span: SeenSpan, fact: Fact) -> int | None:
    value = span.facts.get(fact)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS else None


def _nanoseconds(span: SeenSpan, fact: Fact) -> int | None:
    value = span.facts.get(fact)
    if isinstance(value, str | bool | None) or not 0 <= value <= LONGEST_SECONDS:
        return None
    return round(value * NANOSECONDS)

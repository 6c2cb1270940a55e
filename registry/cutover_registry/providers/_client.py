"""A client of one provider: chat completions, plain and streamed, sync and async, in the common form.

    client = ProviderClient(spec)
    answer = client.chat([{"role": "user", "content": "hi"}], "llama-3.3-70b")
    with client.stream(messages, model, tools=[...]) as stream:
        for chunk in stream: ...

Limits: `timeout` covers a call as a whole (a stream: until its end); `connect`, `first_chunk` and `between_chunks` its
phases. Inside a chain the chain's own limits hold too.
"""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from cutover_registry.failover._attempt import current_attempt
from cutover_registry.providers._answers import answer_of, status_error
from cutover_registry.providers._budget import Budget, Timeouts
from cutover_registry.providers._chunks import AsyncChatStream, ChatStream
from cutover_registry.providers._decoding import ACCEPTED, NotDecodable, TooLarge, decoded, decoded_async
from cutover_registry.providers._messages import AsyncIncoming, Incoming, Limits, Lost, Outgoing, Slow
from cutover_registry.providers._pools import Pools, transport_name
from cutover_registry.providers._spec import ProviderSpec
from cutover_registry.providers.errors import (
    AnswerUnreadable,
    NotConfigured,
    ProviderCallError,
    ProviderStatusError,
    ProviderUnreachable,
)

Messages = Sequence[Mapping[str, Any]]
LARGEST_ANSWER = 32 * 1024 * 1024
_LARGEST_ERROR = 64 * 1024
_ERROR_SECONDS = 1.0
_HEADERS = {
    "accept": "application/json",
    "accept-encoding": ACCEPTED,
    "connection": "keep-alive",
    "user-agent": "provider-cutover",
    "content-type": "application/json",
}


class ProviderClient:
    """A client of one provider; safe for threads, and for any number of event loops.

    Args:
        spec: The provider.
        key: Its key; without, the environment is read at each call.
        base_url: Where it is; without, where its spec says.
        timeouts: The limits that a call has unless it brings its own.
        transport: ``httpx``, ``httpx2`` or ``aiohttp``, which has no synchronous form, so that those calls go by the
            default; without, what ``CUTOVER_TRANSPORT`` says, else httpx, or httpx2 where that is not installed.
        environment: Where keys and settings are read; without, the process's.
    """

    def __init__(
        self,
        spec: ProviderSpec,
        *,
        key: str | None = None,
        base_url: str | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        transport: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.spec = spec
        self.timeouts = timeouts
        self._key = key
        self._environment = os.environ if environment is None else environment
        self._base_url = base_url.rstrip("/") if base_url else None
        self._pools = Pools(transport_name(transport, self._environment))
        self._headers: tuple[str | None, dict[str, str]] = (None, {})

    def __repr__(self) -> str:
        return f"<ProviderClient {self.spec.name!r} at {(self._base_url or self.spec.base_url).partition('?')[0]}>"

    def chat(self, messages: Messages, model: str, **options: Any) -> dict[str, Any]:
        """Ask for a completion; give it in the common form.

        Raises:
            ProviderCallError: See `errors`; it names provider and model.
        """
        budget = Budget(_timeouts(self.timeouts, options))
        outgoing = self._asking(messages, model, options, budget, stream=False)
        incoming = self._sent(outgoing, model, budget)
        try:
            return answer_of(self.spec, model, self._body(incoming, model, budget))
        except (Slow, Lost) as error:
            raise self._told(error, model, budget, "total") from error
        finally:
            incoming.close()

    async def chat_async(self, messages: Messages, model: str, **options: Any) -> dict[str, Any]:
        """Do the same in the event loop; raises as `chat`."""
        budget = Budget(_timeouts(self.timeouts, options))
        await self._key_at_hand(model, budget)
        outgoing = self._asking(messages, model, options, budget, stream=False)
        incoming = None
        try:
            async with asyncio.timeout(budget.first()) as limit:
                incoming = await self._sent_async(outgoing, model, budget)
                left = budget.left()
                limit.reschedule(None if left is None else asyncio.get_running_loop().time() + left)
                data = await self._body_async(incoming, model)
        except TimeoutError as error:
            if isinstance(error, ProviderCallError):
                raise
            phase = "first_chunk" if incoming is None else "total"
            raise self._told(Slow(connecting=False), model, budget, phase) from error
        except (Slow, Lost) as error:
            raise self._told(error, model, budget, "total") from error
        finally:
            if incoming is not None:
                await incoming.close()
        return answer_of(self.spec, model, data)

    def stream(self, messages: Messages, model: str, **options: Any) -> ChatStream:
        """Ask for a streamed completion; a refusal is raised here, before the first chunk. Raises as `chat`."""
        budget = Budget(_timeouts(self.timeouts, options))
        outgoing = self._asking(messages, model, options, budget, stream=True)
        incoming = self._sent(outgoing, model, budget, stream=True)
        return ChatStream(self.spec, model, incoming, budget)

    async def stream_async(self, messages: Messages, model: str, **options: Any) -> AsyncChatStream:
        """Do the same in the event loop; raises as `chat`."""
        budget = Budget(_timeouts(self.timeouts, options))
        await self._key_at_hand(model, budget)
        outgoing = self._asking(messages, model, options, budget, stream=True)
        try:
            async with asyncio.timeout(budget.first()):
                incoming = await self._sent_async(outgoing, model, budget, stream=True)
        except TimeoutError as error:
            if isinstance(error, ProviderCallError):
                raise
            raise self._told(Slow(connecting=False), model, budget, "first_chunk") from error
        return AsyncChatStream(self.spec, model, incoming, budget)

    def models(self) -> list[str]:
        """List the models' names; raises as `chat`, and LookupError where the provider has no such list."""
        if self.spec.models_path is None:
            raise LookupError(f"{self.spec.name} has no list of models")
        budget = Budget(self.timeouts)
        incoming = self._sent(self._outgoing("GET", self.spec.models_path, b"", budget, stream=False), None, budget)
        try:
            data = json.loads(self._body(incoming, None, budget))
        except ValueError as error:
            raise AnswerUnreadable("the list of models is not JSON", provider=self.spec.name) from error
        except (Slow, Lost) as error:
            raise self._told(error, None, budget, "total") from error
        finally:
            incoming.close()
        return self.spec.dialect.models(data)

    def is_configured(self) -> bool:
        """Tell whether the environment has what a call needs."""
        spec = self.spec
        try:
            self._url(spec.chat_path)
            return bool(self._key) or not spec.key_env or spec.dialect.has_key(self._environment, spec.key_env)
        except NotConfigured:
            return False

    def close(self) -> None:
        """Close the synchronous connections."""
        self._pools.close()

    async def aclose(self) -> None:
        """Close the connections of this event loop, and the synchronous ones."""
        await self._pools.aclose()

    def _asking(
        self, messages: Messages, model: str, options: dict[str, Any], budget: Budget, *, stream: bool
    ) -> Outgoing:
        body = self._encoded(messages, model, options, stream)
        return self._outgoing("POST", self.spec.chat_path, body, budget, stream=stream)

    def _encoded(self, messages: Messages, model: str, options: dict[str, Any], stream: bool) -> bytes:
        spec = self.spec
        body: dict[str, Any] = {
            "model": model if spec.model is None else spec.model.apply(model),
            "messages": messages,
            **spec.defaults,
        }
        for name, value in options.items():
            if value is not None and name not in spec.unsupported:
                body[spec.renamed.get(name, name)] = value
        if stream:
            body["stream"] = True
            if "usage_in_stream" in spec.capabilities:
                body.setdefault("stream_options", {"include_usage": True})
        body = spec.dialect.body(body)
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")

    def _outgoing(self, method: str, path: str, body: bytes, budget: Budget, *, stream: bool) -> Outgoing:
        url = self._url(path)
        headers = self._auth(budget)
        if stream:
            headers = {**headers, "accept": "text/event-stream"}
        if body:
            headers = {**headers, "content-length": str(len(body))}
        return Outgoing(method, url, headers, body)

    def _url(self, path: str) -> str:
        base = self._base_url or self.spec.base_url
        try:
            settings = self.spec.dialect.settings(self._environment)
        except KeyError as error:
            if self._base_url is None:
                raise self._lacking(*map(str, error.args)) from None
            settings = {}
        return (base.format_map(settings) if "{" in base else base) + path

    async def _key_at_hand(self, model: str, budget: Budget) -> None:
        """Have a token that is fetched over the network fetched in a thread, so that the loop goes on."""
        spec, left = self.spec, budget.left()
        if self._key is not None or not spec.dialect.waits(self._environment):
            return
        try:
            async with asyncio.timeout(left):
                await asyncio.to_thread(spec.dialect.key, self._environment, spec.key_env, within=left)
        except TimeoutError as error:
            if isinstance(error, ProviderCallError):
                raise
            raise self._told(Slow(connecting=False), model, budget, "total") from error

    def _auth(self, budget: Budget) -> dict[str, str]:
        spec = self.spec
        key = self._key or spec.dialect.key(self._environment, spec.key_env, within=budget.left())
        if key is None and spec.key_env:
            raise self._lacking(*spec.key_env)
        known, headers = self._headers
        if known != key or not headers:
            headers = {**_HEADERS, **spec.headers}
            if key is not None:
                headers[spec.auth.lower()] = f"Bearer {key}" if spec.auth == "Authorization" else key
            self._headers = (key, headers)
        return headers

    def _lacking(self, *names: str) -> NotConfigured:
        told = f"not configured; set {' or '.join(names)} in the environment"
        return NotConfigured(told, provider=self.spec.name, names=names)

    def _sent(self, outgoing: Outgoing, model: str | None, budget: Budget, *, stream: bool = False) -> Incoming:
        transport = self._pools.transport(outgoing.url)
        try:
            incoming = transport.send(outgoing, Limits(budget.connect(), budget.first()))
        except (Slow, Lost) as error:
            raise self._told(error, model, budget, "first_chunk") from error
        attempt = current_attempt()
        if attempt is not None:
            attempt.on_abandon(incoming.close)
        if not 200 <= incoming.status < 300:
            try:
                raise self._refusal(outgoing, model, incoming, self._excerpt(incoming, budget))
            finally:
                incoming.close()
        try:
            self._check_type(incoming.headers, model, stream=stream)
        except AnswerUnreadable:
            incoming.close()
            raise
        return incoming

    async def _sent_async(
        self, outgoing: Outgoing, model: str | None, budget: Budget, *, stream: bool = False
    ) -> AsyncIncoming:
        transport = await self._pools.transport_async(outgoing.url)
        try:
            incoming = await transport.send(outgoing, Limits(budget.connect(), None))
        except (Slow, Lost) as error:
            raise self._told(error, model, budget, "first_chunk") from error
        try:
            if not 200 <= incoming.status < 300:
                raise self._refusal(outgoing, model, incoming, await self._excerpt_async(incoming, budget))
            self._check_type(incoming.headers, model, stream=stream)
        except BaseException:
            await incoming.close()
            raise
        return incoming

    def _refusal(
        self, outgoing: Outgoing, model: str | None, incoming: Incoming | AsyncIncoming, excerpt: bytes
    ) -> ProviderStatusError:
        spec = self.spec
        if incoming.status == 401 and self._key is None:
            key = outgoing.headers.get(spec.auth.lower(), "").removeprefix("Bearer ")
            spec.dialect.refused(self._environment, key)
        return status_error(spec, model, incoming.status, incoming.headers, excerpt)

    def _check_type(self, headers: Mapping[str, str], model: str | None, *, stream: bool) -> None:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        expected = "text/event-stream" if stream else "json"
        if kind and expected not in kind and not (stream and kind == "application/octet-stream"):
            raise AnswerUnreadable(
                f"the answer is {kind!r}, not {'a stream of events' if stream else 'JSON'}",
                provider=self.spec.name, model=model,
            )  # fmt: skip

    def _body(self, incoming: Incoming, model: str | None, budget: Budget) -> bytes:
        pieces: list[bytes] = []
        incoming.read_within(budget.left())
        encoding = incoming.headers.get("content-encoding", "")
        try:
            for piece in decoded(incoming.chunks(), encoding, limit=LARGEST_ANSWER):
                pieces.append(piece)
                incoming.read_within(budget.left())
        except (TooLarge, NotDecodable) as error:
            raise self._unreadable(error, model) from error
        return b"".join(pieces)

    async def _body_async(self, incoming: AsyncIncoming, model: str | None) -> bytes:
        encoding = incoming.headers.get("content-encoding", "")
        try:
            pieces = decoded_async(incoming.chunks(), encoding, limit=LARGEST_ANSWER)
            return b"".join([piece async for piece in pieces])
        except (TooLarge, NotDecodable) as error:
            raise self._unreadable(error, model) from error

    def _excerpt(self, incoming: Incoming, budget: Budget) -> bytes:
        pieces: list[bytes] = []
        encoding, within = incoming.headers.get("content-encoding", ""), budget.share(_ERROR_SECONDS)
        incoming.read_within(within.left())
        try:
            for piece in decoded(incoming.chunks(), encoding, limit=_LARGEST_ERROR):
                pieces.append(piece)
                if within.is_over():
                    break
                incoming.read_within(within.left())
        except (TooLarge, NotDecodable, Slow, Lost):
            pass
        return b"".join(pieces)

    async def _excerpt_async(self, incoming: AsyncIncoming, budget: Budget) -> bytes:
        pieces: list[bytes] = []
        encoding = incoming.headers.get("content-encoding", "")
        try:
            async with asyncio.timeout(budget.share(_ERROR_SECONDS).left()):
                async for piece in decoded_async(incoming.chunks(), encoding, limit=_LARGEST_ERROR):
                    pieces.append(piece)  # noqa: PERF401 - what came before a failure is kept
        except (TooLarge, NotDecodable, Slow, Lost, TimeoutError):
            pass
        return b"".join(pieces)

    def _unreadable(self, error: Exception, model: str | None) -> AnswerUnreadable:
        large = isinstance(error, TooLarge)
        why = f"the answer is larger than {LARGEST_ANSWER} bytes" if large else f"the answer cannot be decoded: {error}"
        return AnswerUnreadable(why, provider=self.spec.name, model=model)

    def _told(self, error: Slow | Lost, model: str | None, budget: Budget, phase: str) -> ProviderCallError:
        if isinstance(error, Lost):
            return ProviderUnreachable(f"no answer: {error}", provider=self.spec.name, model=model)
        return budget.timed_out(self.spec.name, model, "connect" if error.connecting else phase)


def _timeouts(given: Timeouts, options: dict[str, Any]) -> Timeouts:
    if not options.keys() & {"timeout", "connect", "first_chunk", "between_chunks"}:
        return given
    return Timeouts(
        options.pop("timeout", given.total),
        options.pop("connect", given.connect),
        options.pop("first_chunk", given.first_chunk),
        options.pop("between_chunks", given.between_chunks),
    )

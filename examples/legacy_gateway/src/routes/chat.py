"""Chat endpoints: /v1/chat/completions and /v1/responses.

Both pick a provider, build the failover chain and try one provider after the other until one
answers. Adding a provider means: a client in src/services, an import block below, a branch in
each of the four chains, and a row in PROVIDER_TIMEOUTS if it is slow.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse

from src.schemas import ChatRequest, ResponsesRequest
from src.services import provider_failover, usage
from src.services.model_transformations import (
    detect_provider_from_model_id,
    transform_model_id,
)

# The default provider: without it there is nothing to serve, so this one may fail loudly
from src.services.openrouter_client import (
    make_openrouter_request_openai,
    make_openrouter_request_openai_stream,
    make_openrouter_request_openai_stream_async,
    process_openrouter_response,
)

logger = logging.getLogger(__name__)

router = APIRouter()

# Seconds a plain completion may take. Streams are not limited, their first byte comes early.
DEFAULT_PROVIDER_TIMEOUT = 30
PROVIDER_TIMEOUTS = {
    "huggingface": 120,
    "near": 120,  # large models in cold enclaves
}

# Provider name -> why its client could not be imported (the health routes read this)
_provider_import_errors: dict[str, str] = {}


def _safe_import_provider(
    provider_name: str, imports_list: list[str]
) -> dict[str, Any]:
    """Import functions of a provider client without taking the gateway down when that fails.

    On any error all of the names become functions that answer 503, so that a request can still
    fail over to the next provider.
    """
    module_name = f"src.services.{provider_name.replace('-', '_')}_client"
    try:
        module = __import__(module_name, fromlist=imports_list)
        return {name: getattr(module, name) for name in imports_list}
    except Exception as exc:
        error_msg = f"{type(exc).__name__}: {exc}"
        logger.error(
            "Failed to import %s provider client: %s", provider_name, error_msg
        )
        _provider_import_errors[provider_name] = error_msg

        def make_unavailable(func_name: str):
            def unavailable(*args, **kwargs):
                raise HTTPException(
                    status_code=503,
                    detail=f"Provider '{provider_name}' is unavailable ({func_name}): {error_msg}",
                )

            return unavailable

        return {name: make_unavailable(name) for name in imports_list}


# ---------------------------------------------------------------------------
# Provider clients
# ---------------------------------------------------------------------------

# Featherless
_featherless = _safe_import_provider(
    "featherless",
    [
        "make_featherless_request_openai",
        "process_featherless_response",
        "make_featherless_request_openai_stream",
    ],
)
make_featherless_request_openai = _featherless.get("make_featherless_request_openai")
process_featherless_response = _featherless.get("process_featherless_response")
make_featherless_request_openai_stream = _featherless.get(
    "make_featherless_request_openai_stream"
)

# Fireworks
_fireworks = _safe_import_provider(
    "fireworks",
    [
        "make_fireworks_request_openai",
        "process_fireworks_response",
        "make_fireworks_request_openai_stream",
    ],
)
make_fireworks_request_openai = _fireworks.get("make_fireworks_request_openai")
process_fireworks_response = _fireworks.get("process_fireworks_response")
make_fireworks_request_openai_stream = _fireworks.get(
    "make_fireworks_request_openai_stream"
)

_together = _safe_import_provider(
    "together",
    [
        "make_together_request_openai",
        "process_together_response",
        "make_together_request_openai_stream",
    ],
)
make_together_request_openai = _together.get("make_together_request_openai")
process_together_response = _together.get("process_together_response")
make_together_request_openai_stream = _together.get(
    "make_together_request_openai_stream"
)

# Hugging Face, the router, not the old inference API
_huggingface = _safe_import_provider(
    "huggingface",
    [
        "make_huggingface_request_openai",
        "process_huggingface_response",
        "make_huggingface_request_openai_stream",
    ],
)
make_huggingface_request_openai = _huggingface.get("make_huggingface_request_openai")
process_huggingface_response = _huggingface.get("process_huggingface_response")
make_huggingface_request_openai_stream = _huggingface.get(
    "make_huggingface_request_openai_stream"
)

_aimo = _safe_import_provider(
    "aimo",
    [
        "make_aimo_request_openai",
        "process_aimo_response",
        "make_aimo_request_openai_stream",
    ],
)
make_aimo_request_openai = _aimo.get("make_aimo_request_openai")
process_aimo_response = _aimo.get("process_aimo_response")
make_aimo_request_openai_stream = _aimo.get("make_aimo_request_openai_stream")

# xAI (Grok). Was behind a flag until the keys were there, the flag is gone
_xai = _safe_import_provider(
    "xai",
    [
        "make_xai_request_openai",
        "process_xai_response",
        "make_xai_request_openai_stream",
    ],
)
make_xai_request_openai = _xai.get("make_xai_request_openai")
process_xai_response = _xai.get("process_xai_response")
make_xai_request_openai_stream = _xai.get("make_xai_request_openai_stream")

_cerebras = _safe_import_provider(
    "cerebras",
    [
        "make_cerebras_request_openai",
        "process_cerebras_response",
        "make_cerebras_request_openai_stream",
    ],
)
make_cerebras_request_openai = _cerebras.get("make_cerebras_request_openai")
process_cerebras_response = _cerebras.get("process_cerebras_response")
make_cerebras_request_openai_stream = _cerebras.get(
    "make_cerebras_request_openai_stream"
)

_chutes = _safe_import_provider(
    "chutes",
    [
        "make_chutes_request_openai",
        "process_chutes_response",
        "make_chutes_request_openai_stream",
    ],
)
make_chutes_request_openai = _chutes.get("make_chutes_request_openai")
process_chutes_response = _chutes.get("process_chutes_response")
make_chutes_request_openai_stream = _chutes.get("make_chutes_request_openai_stream")

# Google Vertex. The reason for all of this: its client once needed google-auth, which was not
# in the image, and the whole gateway did not come up
_google_vertex = _safe_import_provider(
    "google-vertex",
    [
        "make_google_vertex_request_openai",
        "process_google_vertex_response",
        "make_google_vertex_request_openai_stream",
    ],
)
make_google_vertex_request_openai = _google_vertex.get(
    "make_google_vertex_request_openai"
)
process_google_vertex_response = _google_vertex.get("process_google_vertex_response")
make_google_vertex_request_openai_stream = _google_vertex.get(
    "make_google_vertex_request_openai_stream"
)

# NEAR AI, see PROVIDER_TIMEOUTS
_near = _safe_import_provider(
    "near",
    [
        "make_near_request_openai",
        "process_near_response",
        "make_near_request_openai_stream",
    ],
)
make_near_request_openai = _near.get("make_near_request_openai")
process_near_response = _near.get("process_near_response")
make_near_request_openai_stream = _near.get(
    "make_near_request_openai_stream"
)  # SSE lines

# Other gateways
_vercel_ai_gateway = _safe_import_provider(
    "vercel-ai-gateway",
    [
        "make_vercel_ai_gateway_request_openai",
        "process_vercel_ai_gateway_response",
        "make_vercel_ai_gateway_request_openai_stream",
    ],
)
make_vercel_ai_gateway_request_openai = _vercel_ai_gateway.get(
    "make_vercel_ai_gateway_request_openai"
)
process_vercel_ai_gateway_response = _vercel_ai_gateway.get(
    "process_vercel_ai_gateway_response"
)
make_vercel_ai_gateway_request_openai_stream = _vercel_ai_gateway.get(
    "make_vercel_ai_gateway_request_openai_stream"
)

_helicone = _safe_import_provider(
    "helicone",
    [
        "make_helicone_request_openai",
        "process_helicone_response",
        "make_helicone_request_openai_stream",
    ],
)
make_helicone_request_openai = _helicone.get("make_helicone_request_openai")
process_helicone_response = _helicone.get("process_helicone_response")
make_helicone_request_openai_stream = _helicone.get(
    "make_helicone_request_openai_stream"
)

_aihubmix = _safe_import_provider(
    "aihubmix",
    [
        "make_aihubmix_request_openai",
        "process_aihubmix_response",
        "make_aihubmix_request_openai_stream",
    ],
)
make_aihubmix_request_openai = _aihubmix.get("make_aihubmix_request_openai")
process_aihubmix_response = _aihubmix.get("process_aihubmix_response")
make_aihubmix_request_openai_stream = _aihubmix.get(
    "make_aihubmix_request_openai_stream"
)

_anannas = _safe_import_provider(
    "anannas",
    [
        "make_anannas_request_openai",
        "process_anannas_response",
        "make_anannas_request_openai_stream",
    ],
)
make_anannas_request_openai = _anannas.get("make_anannas_request_openai")
process_anannas_response = _anannas.get("process_anannas_response")
make_anannas_request_openai_stream = _anannas.get("make_anannas_request_openai_stream")

# Added for the March launch
_alpaca_network = _safe_import_provider(
    "alpaca-network",
    [
        "make_alpaca_network_request_openai",
        "process_alpaca_network_response",
        "make_alpaca_network_request_openai_stream",
    ],
)
make_alpaca_network_request_openai = _alpaca_network.get(
    "make_alpaca_network_request_openai"
)
process_alpaca_network_response = _alpaca_network.get("process_alpaca_network_response")
make_alpaca_network_request_openai_stream = _alpaca_network.get(
    "make_alpaca_network_request_openai_stream"
)

_alibaba_cloud = _safe_import_provider(
    "alibaba-cloud",
    [
        "make_alibaba_cloud_request_openai",
        "process_alibaba_cloud_response",
        "make_alibaba_cloud_request_openai_stream",
    ],
)
make_alibaba_cloud_request_openai = _alibaba_cloud.get(
    "make_alibaba_cloud_request_openai"
)
process_alibaba_cloud_response = _alibaba_cloud.get("process_alibaba_cloud_response")
make_alibaba_cloud_request_openai_stream = _alibaba_cloud.get(
    "make_alibaba_cloud_request_openai_stream"
)

_clarifai = _safe_import_provider(
    "clarifai",
    [
        "make_clarifai_request_openai",
        "process_clarifai_response",
        "make_clarifai_request_openai_stream",
    ],
)
make_clarifai_request_openai = _clarifai.get("make_clarifai_request_openai")
process_clarifai_response = _clarifai.get("process_clarifai_response")
make_clarifai_request_openai_stream = _clarifai.get(
    "make_clarifai_request_openai_stream"
)

_groq = _safe_import_provider(
    "groq",
    [
        "make_groq_request_openai",
        "process_groq_response",
        "make_groq_request_openai_stream",
    ],
)
make_groq_request_openai = _groq.get("make_groq_request_openai")
process_groq_response = _groq.get("process_groq_response")
make_groq_request_openai_stream = _groq.get("make_groq_request_openai_stream")

# Cloudflare (names get long here)
_cloudflare_workers_ai = _safe_import_provider(
    "cloudflare-workers-ai",
    [
        "make_cloudflare_workers_ai_request_openai",
        "process_cloudflare_workers_ai_response",
        "make_cloudflare_workers_ai_request_openai_stream",
    ],
)
make_cloudflare_workers_ai_request_openai = _cloudflare_workers_ai.get(
    "make_cloudflare_workers_ai_request_openai"
)
process_cloudflare_workers_ai_response = _cloudflare_workers_ai.get(
    "process_cloudflare_workers_ai_response"
)
make_cloudflare_workers_ai_request_openai_stream = _cloudflare_workers_ai.get(
    "make_cloudflare_workers_ai_request_openai_stream"
)

_morpheus = _safe_import_provider(
    "morpheus",
    [
        "make_morpheus_request_openai",
        "process_morpheus_response",
        "make_morpheus_request_openai_stream",
    ],
)
make_morpheus_request_openai = _morpheus.get("make_morpheus_request_openai")
process_morpheus_response = _morpheus.get("process_morpheus_response")
make_morpheus_request_openai_stream = _morpheus.get(
    "make_morpheus_request_openai_stream"
)

# OneRouter, last one that was added; keep the order, the startup log follows it
_onerouter = _safe_import_provider(
    "onerouter",
    [
        "make_onerouter_request_openai",
        "process_onerouter_response",
        "make_onerouter_request_openai_stream",
    ],
)
make_onerouter_request_openai = _onerouter.get("make_onerouter_request_openai")
process_onerouter_response = _onerouter.get("process_onerouter_response")
make_onerouter_request_openai_stream = _onerouter.get(
    "make_onerouter_request_openai_stream"
)  # SSE lines

# ---------------------------------------------------------------------------
# Wrappers. Tests and the admin scripts use these names, do not inline them.
# ---------------------------------------------------------------------------


async def _to_thread(func, *args, **kwargs):
    return await asyncio.to_thread(func, *args, **kwargs)


def build_provider_failover_chain(provider: str | None) -> list[str]:
    return provider_failover.build_provider_failover_chain(provider)


def enforce_model_failover_rules(model: str | None, chain: list[str]) -> list[str]:
    return provider_failover.enforce_model_failover_rules(model, chain)


def map_provider_error(provider: str, model: str, exc: Exception) -> HTTPException:
    return provider_failover.map_provider_error(provider, model, exc)


def should_failover(exc: HTTPException) -> bool:
    return provider_failover.should_failover(exc)


# ---------------------------------------------------------------------------
# Request helpers
# ---------------------------------------------------------------------------


def _flatten_content(content: str | list[dict] | None) -> str | list[dict] | None:
    """Content parts as the providers understand them.

    Text only becomes one string, since half of the providers reject lists. Parts of the responses
    API are renamed to those of the chat API.
    """
    if content is None or isinstance(content, str):
        return content

    parts: list[dict] = []
    for item in content:
        if item.get("type") == "text":
            parts.append({"type": "text", "text": str(item.get("text") or "")})
        elif item.get("type") == "input_text":
            parts.append({"type": "text", "text": str(item.get("text") or "")})
        elif item.get("type") == "output_text":
            # comes back from customers who send the previous answer as it was
            parts.append({"type": "text", "text": str(item.get("text") or "")})
        elif item.get("type") == "image_url":
            parts.append({"type": "image_url", "image_url": item.get("image_url")})
        elif item.get("type") == "input_image":
            parts.append(
                {"type": "image_url", "image_url": {"url": item.get("image_url")}}
            )
        elif item.get("type") == "refusal":
            parts.append({"type": "text", "text": str(item.get("refusal") or "")})
        else:
            logger.debug("Dropping content part of type %s", item.get("type"))

    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _chat_messages(req: ChatRequest) -> list[dict]:
    messages = []
    for message in req.messages:
        dumped = message.model_dump(exclude_none=True)
        if "content" in dumped:
            dumped["content"] = _flatten_content(dumped["content"])
        messages.append(dumped)
    return messages


def _responses_messages(req: ResponsesRequest) -> list[dict]:
    """The `input` of the responses API as chat messages."""
    messages: list[dict] = []
    if req.instructions:
        messages.append({"role": "system", "content": req.instructions})

    if isinstance(req.input, str):
        messages.append({"role": "user", "content": req.input})
        return messages

    for entry in req.input:
        if entry.get("type") == "function_call_output":
            messages.append(
                {
                    "role": "tool",
                    "tool_call_id": entry.get("call_id"),
                    "content": entry.get("output") or "",
                }
            )
            continue
        if entry.get("type") == "function_call":
            function = {
                "name": entry.get("name"),
                "arguments": entry.get("arguments") or "{}",
            }
            call = {
                "id": entry.get("call_id"),
                "type": "function",
                "function": function,
            }
            messages.append({"role": "assistant", "tool_calls": [call]})
            continue
        role = entry.get("role") or "user"
        if role == "developer":
            role = "system"
        content = entry.get("content")
        if content is not None and not isinstance(content, (str, list)):
            raise HTTPException(
                status_code=400, detail="input content must be text or a list"
            )
        if isinstance(content, list) and not all(
            isinstance(part, dict) for part in content
        ):
            raise HTTPException(
                status_code=400, detail="input content parts must be objects"
            )
        messages.append({"role": role, "content": _flatten_content(content)})

    if not messages:
        raise HTTPException(status_code=400, detail="input must not be empty")
    return messages


def _chat_optional(req: ChatRequest) -> dict[str, Any]:
    optional = {}
    for name in (
        "max_tokens",
        "temperature",
        "top_p",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
        "stop",
        "seed",
        "tools",
        "tool_choice",
        "response_format",
        "user",
    ):
        value = getattr(req, name)
        if value is not None:
            optional[name] = value
    return optional


def _responses_optional(req: ResponsesRequest) -> dict[str, Any]:
    optional = {}
    for name in (
        "temperature",
        "top_p",
        "tools",
        "tool_choice",
        "response_format",
        "user",
    ):
        value = getattr(req, name)
        if value is not None:
            optional[name] = value
    if req.max_output_tokens is not None:
        optional["max_tokens"] = req.max_output_tokens
    return optional


# ---------------------------------------------------------------------------
# Response helpers
# ---------------------------------------------------------------------------


def _stream_error_payload(exc: BaseException, provider: str) -> dict[str, Any]:
    """What a customer sees when a stream breaks after its headers are out."""
    text = str(exc).lower()
    if "429" in text or "rate limit" in text:
        error_type = "rate_limit_error"
        message = "Rate limit exceeded, please slow down"
    elif "401" in text or "unauthorized" in text or "authentication" in text:
        error_type = "authentication_error"
        message = f"Authentication with provider '{provider}' failed"
    elif "timeout" in text or "timed out" in text:
        error_type = "timeout_error"
        message = f"Provider '{provider}' stopped answering"
    elif "peer closed" in text or "disconnected" in text or "connection" in text:
        error_type = "upstream_error"
        message = f"Provider '{provider}' closed the stream"
    else:
        error_type = "stream_error"
        message = "The stream ended unexpectedly"
    return {"error": {"message": message, "type": error_type}}


def _apply_finish_reason(response: dict[str, Any], finish_reason: str | None) -> None:
    """Set status and details of a responses API object from the chat API's finish reason."""
    if finish_reason == "stop":
        response["status"] = "completed"
    elif finish_reason == "length":
        response["status"] = "incomplete"
        response["incomplete_details"] = {"reason": "max_output_tokens"}
    elif finish_reason == "content_filter":
        response["status"] = "incomplete"
        response["incomplete_details"] = {"reason": "content_filter"}
        logger.info("Content filter ended response %s", response.get("id"))
    elif finish_reason == "tool_calls":
        # the customer's turn, but the response itself is done
        response["status"] = "completed"
    elif finish_reason == "error":
        response["status"] = "failed"
        response["error"] = {"code": "server_error", "message": "The provider gave up"}
    else:
        response["status"] = "completed" if finish_reason is None else "incomplete"


def _responses_usage(token_usage: dict | None) -> dict[str, int]:
    token_usage = token_usage or {}
    return {
        "input_tokens": token_usage.get("prompt_tokens") or 0,
        "output_tokens": token_usage.get("completion_tokens") or 0,
        "total_tokens": token_usage.get("total_tokens") or 0,
    }


def _responses_object(processed: dict[str, Any], model: str) -> dict[str, Any]:
    """A chat completion as an object of the responses API."""
    output: list[dict[str, Any]] = []
    finish_reason = None
    for choice in processed.get("choices") or []:
        message = choice.get("message") or {}
        finish_reason = choice.get("finish_reason") or finish_reason
        for call in message.get("tool_calls") or []:
            function = call.get("function") or {}
            output.append(
                {
                    "type": "function_call",
                    "call_id": call.get("id"),
                    "name": function.get("name"),
                    "arguments": function.get("arguments") or "{}",
                }
            )
        if message.get("content"):
            output.append(
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": message["content"]}],
                }
            )

    response = {
        "id": f"resp_{processed.get('id') or 'unknown'}",
        "object": "response",
        "created_at": processed.get("created"),
        "model": model,
        "output": output,
        "usage": _responses_usage(processed.get("usage")),
    }
    _apply_finish_reason(response, finish_reason)
    return response


def _sse(payload: dict[str, Any], event: str | None = None) -> str:
    prefix = f"event: {event}\n" if event else ""
    return f"{prefix}data: {json.dumps(payload)}\n\n"


def _normalize_stream_chunk(chunk: dict | str | bytes) -> dict | None:
    """Chunk of any client as a dict. None for what customers need not see ([DONE], comments)."""
    if isinstance(chunk, bytes):
        chunk = chunk.decode("utf-8")
    if isinstance(chunk, str):
        if not chunk.startswith("data:"):
            return None
        data = chunk[len("data:") :].strip()
        if data == "[DONE]":
            return None
        chunk = json.loads(data)
    if not isinstance(chunk, dict):
        raise ValueError(f"Cannot read stream chunk of type {type(chunk).__name__}")
    return chunk


_END_OF_STREAM = object()


async def _iterate_in_thread(stream) -> AsyncIterator[Any]:
    """Iterate a blocking stream without blocking the event loop."""
    iterator = iter(stream)
    try:
        while True:
            chunk = await asyncio.to_thread(next, iterator, _END_OF_STREAM)
            if chunk is _END_OF_STREAM:
                return
            yield chunk
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            try:
                close()
            except ValueError:
                # Customer left while a thread is waiting for the next chunk: the generator is
                # busy and gets closed when that thread is through
                logger.debug("Stream is still running, not closed")


async def stream_generator(
    stream,
    provider: str,
    model: str,
    is_async_stream: bool = False,
    started_at: float | None = None,
) -> AsyncIterator[str]:
    """SSE of the chat API."""
    chunks = stream if is_async_stream else _iterate_in_thread(stream)
    token_usage: dict | None = None
    chunk_count = 0
    try:
        async for chunk in chunks:
            payload = _normalize_stream_chunk(chunk)
            if payload is None:
                continue
            if payload.get("usage"):
                token_usage = payload["usage"]
            chunk_count += 1
            yield _sse(payload)
        usage.record_usage(provider, model, token_usage)
    except Exception as exc:
        logger.error(
            "Stream of %s (%s) broke after %d chunks: %s",
            model,
            provider,
            chunk_count,
            exc,
        )
        yield _sse(_stream_error_payload(exc, provider))
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()
    if started_at is not None:
        logger.info(
            "Streamed %s via %s in %.2fs",
            model,
            provider,
            time.monotonic() - started_at,
        )
    yield "data: [DONE]\n\n"


async def responses_stream_generator(
    stream,
    provider: str,
    model: str,
    started_at: float | None = None,
) -> AsyncIterator[str]:
    """Events of the responses API, made from the chunks of the chat API."""
    chunks = _iterate_in_thread(stream)
    response: dict[str, Any] = {
        "id": "resp_unknown",
        "object": "response",
        "model": model,
    }
    token_usage: dict | None = None
    finish_reason = None
    text = ""
    created = False
    try:
        async for chunk in chunks:
            payload = _normalize_stream_chunk(chunk)
            if payload is None:
                continue
            if not created:
                created = True
                response["id"] = f"resp_{payload.get('id') or 'unknown'}"
                response["created_at"] = payload.get("created")
                response["status"] = "in_progress"
                yield _sse(
                    {"type": "response.created", "response": dict(response)},
                    "response.created",
                )
            if payload.get("usage"):
                token_usage = payload["usage"]
            for choice in payload.get("choices") or []:
                finish_reason = choice.get("finish_reason") or finish_reason
                piece = (choice.get("delta") or {}).get("content")
                if piece:
                    text += piece
                    yield _sse(
                        {"type": "response.output_text.delta", "delta": piece},
                        "response.output_text.delta",
                    )
        usage.record_usage(provider, model, token_usage)
        response["output"] = [
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": text}],
            }
        ]
        response["usage"] = _responses_usage(token_usage)
        _apply_finish_reason(response, finish_reason)
        yield _sse(
            {"type": "response.completed", "response": response}, "response.completed"
        )
    except Exception as exc:
        logger.error("Response stream of %s (%s) broke: %s", model, provider, exc)
        response["status"] = "failed"
        response.update(_stream_error_payload(exc, provider))
        yield _sse({"type": "response.failed", "response": response}, "response.failed")
    finally:
        await chunks.aclose()
    if started_at is not None:
        logger.info(
            "Streamed response %s via %s in %.2fs",
            model,
            provider,
            time.monotonic() - started_at,
        )
    yield "data: [DONE]\n\n"


# ---------------------------------------------------------------------------
# POST /v1/chat/completions
# ---------------------------------------------------------------------------


@router.post("/v1/chat/completions", tags=["chat"])
async def chat_completions(req: ChatRequest, request: Request):
    started_at = time.monotonic()
    request_id = request.headers.get("x-request-id", "-")

    messages = _chat_messages(req)
    optional = _chat_optional(req)
    original_model = req.model

    # 1. Which provider? The customer's word, then the model id, then whoever knows the model.
    provider = req.provider or "openrouter"
    if provider == "hug":
        provider = "huggingface"

    if not req.provider:
        detected = detect_provider_from_model_id(original_model)
        if detected:
            provider = detected
        else:
            # Cheap ones first
            for candidate in [
                "huggingface",
                "featherless",
                "fireworks",
                "together",
                "google-vertex",
                "groq",
            ]:
                if transform_model_id(original_model, candidate) != original_model:
                    provider = candidate
                    logger.info(
                        "[%s] Auto-detected provider %s for %s",
                        request_id,
                        provider,
                        original_model,
                    )
                    break

    provider_chain = build_provider_failover_chain(provider)
    provider_chain = enforce_model_failover_rules(original_model, provider_chain)
    logger.debug(
        "[%s] Provider chain for %s: %s", request_id, original_model, provider_chain
    )

    # 2a. Streaming
    if req.stream:
        last_http_exc = None
        for idx, attempt_provider in enumerate(provider_chain):
            request_model = transform_model_id(original_model, attempt_provider)
            is_async_stream = False

            try:
                if attempt_provider == "featherless":
                    stream = await _to_thread(
                        make_featherless_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "fireworks":
                    # Same session, same replica: only there the prompt cache is warm. The tier
                    # costs more, so customers have to ask for it.
                    session_id = req.user or request.headers.get("x-session-id")
                    priority = request.headers.get("x-priority")
                    service_tier = "priority" if priority == "high" else None
                    stream = await _to_thread(
                        make_fireworks_request_openai_stream,
                        messages,
                        request_model,
                        session_id,
                        service_tier,
                        **optional,
                    )
                elif attempt_provider == "together":
                    stream = await _to_thread(
                        make_together_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "huggingface":
                    # Router closes idle streams after 60s, customers were told
                    stream = await _to_thread(
                        make_huggingface_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "aimo":
                    stream = await _to_thread(
                        make_aimo_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "xai":
                    stream = await _to_thread(
                        make_xai_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "cerebras":
                    stream = await _to_thread(
                        make_cerebras_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "chutes":
                    stream = await _to_thread(
                        make_chutes_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "google-vertex":
                    # streams through the OpenAI compatible endpoint, not the native one
                    stream = await _to_thread(
                        make_google_vertex_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "near":
                    # gives SSE lines instead of dicts, stream_generator knows both
                    stream = await _to_thread(
                        make_near_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "vercel-ai-gateway":
                    stream = await _to_thread(
                        make_vercel_ai_gateway_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "helicone":
                    stream = await _to_thread(
                        make_helicone_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "aihubmix":
                    stream = await _to_thread(
                        make_aihubmix_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "anannas":
                    stream = await _to_thread(
                        make_anannas_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "alpaca-network":
                    stream = await _to_thread(
                        make_alpaca_network_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "alibaba-cloud":
                    stream = await _to_thread(
                        make_alibaba_cloud_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "clarifai":
                    stream = await _to_thread(
                        make_clarifai_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "groq":
                    stream = await _to_thread(
                        make_groq_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "cloudflare-workers-ai":
                    stream = await _to_thread(
                        make_cloudflare_workers_ai_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "morpheus":
                    stream = await _to_thread(
                        make_morpheus_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "onerouter":
                    stream = await _to_thread(
                        make_onerouter_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                else:
                    # OpenRouter is the default. It takes most of the traffic, so it must not hold
                    # a worker thread per stream. If anything goes wrong, do it the old way.
                    try:
                        stream = await make_openrouter_request_openai_stream_async(
                            messages, request_model, **optional
                        )
                        is_async_stream = True
                    except Exception as async_exc:
                        logger.warning("Async OpenRouter stream failed: %s", async_exc)
                        stream = await _to_thread(
                            make_openrouter_request_openai_stream,
                            messages,
                            request_model,
                            **optional,
                        )

                logger.info(
                    "[%s] Streaming %s via %s (attempt %d)",
                    request_id,
                    request_model,
                    attempt_provider,
                    idx + 1,
                )
                return StreamingResponse(
                    stream_generator(
                        stream,
                        attempt_provider,
                        request_model,
                        is_async_stream=is_async_stream,
                        started_at=started_at,
                    ),
                    media_type="text/event-stream",
                    headers={
                        "Cache-Control": "no-cache",
                        "X-Gateway-Attempt": str(idx + 1),
                    },
                )
            except Exception as exc:
                http_exc = map_provider_error(attempt_provider, request_model, exc)
                last_http_exc = http_exc
                if idx < len(provider_chain) - 1 and should_failover(http_exc):
                    logger.warning(
                        "[%s] %s failed with %s, trying %s",
                        request_id,
                        attempt_provider,
                        http_exc.status_code,
                        provider_chain[idx + 1],
                    )
                    continue
                raise http_exc

        raise last_http_exc or HTTPException(
            status_code=502, detail="No provider available"
        )

    # 2b. Non-streaming
    processed = None
    last_http_exc = None
    for idx, attempt_provider in enumerate(provider_chain):
        request_model = transform_model_id(original_model, attempt_provider)
        request_timeout = PROVIDER_TIMEOUTS.get(
            attempt_provider, DEFAULT_PROVIDER_TIMEOUT
        )

        try:
            if attempt_provider == "featherless":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_featherless_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_featherless_response,
                    resp_raw,
                )
            elif attempt_provider == "fireworks":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_fireworks_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_fireworks_response,
                    resp_raw,
                )
            elif attempt_provider == "together":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_together_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_together_response,
                    resp_raw,
                )
            elif attempt_provider == "huggingface":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_huggingface_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_huggingface_response,
                    resp_raw,
                )
            elif attempt_provider == "aimo":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_aimo_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_aimo_response,
                    resp_raw,
                )
            elif attempt_provider == "xai":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_xai_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_xai_response,
                    resp_raw,
                )
            elif attempt_provider == "cerebras":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_cerebras_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_cerebras_response,
                    resp_raw,
                )
            elif attempt_provider == "chutes":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_chutes_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_chutes_response,
                    resp_raw,
                )
            elif attempt_provider == "google-vertex":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_google_vertex_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_google_vertex_response,
                    resp_raw,
                )
            elif attempt_provider == "near":
                # cold enclaves, this is why near has its own timeout
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_near_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_near_response,
                    resp_raw,
                )
            elif attempt_provider == "vercel-ai-gateway":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_vercel_ai_gateway_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_vercel_ai_gateway_response,
                    resp_raw,
                )
            elif attempt_provider == "helicone":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_helicone_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_helicone_response,
                    resp_raw,
                )
            elif attempt_provider == "aihubmix":
                # partner discount, do not remove before renewal (ask finance)
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_aihubmix_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_aihubmix_response,
                    resp_raw,
                )
            elif attempt_provider == "anannas":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_anannas_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_anannas_response,
                    resp_raw,
                )
            elif attempt_provider == "alpaca-network":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_alpaca_network_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_alpaca_network_response,
                    resp_raw,
                )
            elif attempt_provider == "alibaba-cloud":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_alibaba_cloud_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_alibaba_cloud_response,
                    resp_raw,
                )
            elif attempt_provider == "clarifai":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_clarifai_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_clarifai_response,
                    resp_raw,
                )
            elif attempt_provider == "groq":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_groq_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_groq_response,
                    resp_raw,
                )
            elif attempt_provider == "cloudflare-workers-ai":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_cloudflare_workers_ai_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_cloudflare_workers_ai_response,
                    resp_raw,
                )
            elif attempt_provider == "morpheus":
                # sometimes answers with an empty choices list, process_… raises then
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_morpheus_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_morpheus_response,
                    resp_raw,
                )
            elif attempt_provider == "onerouter":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_onerouter_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_onerouter_response,
                    resp_raw,
                )
            else:
                # OpenRouter
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_openrouter_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_openrouter_response,
                    resp_raw,
                )

            provider = attempt_provider
            break
        except Exception as exc:
            http_exc = map_provider_error(attempt_provider, request_model, exc)
            last_http_exc = http_exc
            if idx < len(provider_chain) - 1 and should_failover(http_exc):
                logger.warning(
                    "[%s] %s failed with %s, trying %s",
                    request_id,
                    attempt_provider,
                    http_exc.status_code,
                    provider_chain[idx + 1],
                )
                continue
            raise http_exc

    if processed is None:
        raise last_http_exc or HTTPException(
            status_code=502, detail="No provider available"
        )

    # 3. Bookkeeping
    usage.record_usage(provider, request_model, processed.get("usage"))
    logger.info(
        "[%s] %s via %s in %.2fs (attempt %d)",
        request_id,
        request_model,
        provider,
        time.monotonic() - started_at,
        idx + 1,
    )
    return JSONResponse(
        content={
            **processed,
            "gateway": {"provider": provider, "model": request_model},
        },
        headers={"X-Gateway-Attempt": str(idx + 1)},
    )


# ---------------------------------------------------------------------------
# POST /v1/responses
# ---------------------------------------------------------------------------


@router.post("/v1/responses", tags=["responses"])
async def unified_responses(req: ResponsesRequest, request: Request):
    started_at = time.monotonic()
    request_id = request.headers.get("x-request-id", "-")

    messages = _responses_messages(req)
    optional = _responses_optional(req)
    original_model = req.model

    requested_provider = req.provider or "openrouter"
    if requested_provider == "hug":
        requested_provider = "huggingface"

    if not req.provider:
        detected = detect_provider_from_model_id(original_model)
        if detected:
            requested_provider = detected
        else:
            for candidate in [
                "huggingface",
                "fireworks",
                "featherless",
                "together",
                "near",
            ]:
                if transform_model_id(original_model, candidate) != original_model:
                    requested_provider = candidate
                    break

    provider_chain = build_provider_failover_chain(requested_provider)
    provider_chain = enforce_model_failover_rules(original_model, provider_chain)

    if req.stream:
        last_http_exc = None
        for idx, attempt_provider in enumerate(provider_chain):
            request_model = transform_model_id(original_model, attempt_provider)

            # Not all providers of /v1/chat/completions are here yet, the rest goes to OpenRouter
            try:
                if attempt_provider == "featherless":
                    stream = await _to_thread(
                        make_featherless_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "fireworks":
                    stream = await _to_thread(
                        make_fireworks_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "together":
                    stream = await _to_thread(
                        make_together_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "huggingface":
                    stream = await _to_thread(
                        make_huggingface_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "aimo":
                    stream = await _to_thread(
                        make_aimo_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "xai":
                    stream = await _to_thread(
                        make_xai_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "cerebras":
                    stream = await _to_thread(
                        make_cerebras_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "chutes":
                    stream = await _to_thread(
                        make_chutes_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "google-vertex":
                    # Their tool call deltas cannot be translated into response events. Saying so
                    # is better than events that no SDK can read.
                    message = "google-vertex does not stream on /v1/responses"
                    error = {"message": message, "type": "unsupported_operation"}
                    error["param"] = "stream"
                    raise HTTPException(status_code=400, detail={"error": error})
                elif attempt_provider == "near":
                    # SSE lines, see above
                    stream = await _to_thread(
                        make_near_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "vercel-ai-gateway":
                    stream = await _to_thread(
                        make_vercel_ai_gateway_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "helicone":
                    stream = await _to_thread(
                        make_helicone_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "aihubmix":
                    stream = await _to_thread(
                        make_aihubmix_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "anannas":
                    stream = await _to_thread(
                        make_anannas_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "alibaba-cloud":
                    stream = await _to_thread(
                        make_alibaba_cloud_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "clarifai":
                    stream = await _to_thread(
                        make_clarifai_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "groq":
                    stream = await _to_thread(
                        make_groq_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                elif attempt_provider == "cloudflare-workers-ai":
                    stream = await _to_thread(
                        make_cloudflare_workers_ai_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )
                else:
                    stream = await _to_thread(
                        make_openrouter_request_openai_stream,
                        messages,
                        request_model,
                        **optional,
                    )

                return StreamingResponse(
                    responses_stream_generator(
                        stream, attempt_provider, request_model, started_at=started_at
                    ),
                    media_type="text/event-stream",
                    headers={
                        "Cache-Control": "no-cache",
                        "X-Gateway-Attempt": str(idx + 1),
                    },
                )
            except Exception as exc:
                http_exc = map_provider_error(attempt_provider, request_model, exc)
                last_http_exc = http_exc
                if idx < len(provider_chain) - 1 and should_failover(http_exc):
                    logger.warning(
                        "[%s] %s failed with %s, trying %s",
                        request_id,
                        attempt_provider,
                        http_exc.status_code,
                        provider_chain[idx + 1],
                    )
                    continue
                raise http_exc

        raise last_http_exc or HTTPException(
            status_code=502, detail="No provider available"
        )

    processed = None
    last_http_exc = None
    for idx, attempt_provider in enumerate(provider_chain):
        request_model = transform_model_id(original_model, attempt_provider)
        request_timeout = PROVIDER_TIMEOUTS.get(
            attempt_provider, DEFAULT_PROVIDER_TIMEOUT
        )

        try:
            if attempt_provider == "featherless":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_featherless_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_featherless_response,
                    resp_raw,
                )
            elif attempt_provider == "fireworks":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_fireworks_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_fireworks_response,
                    resp_raw,
                )
            elif attempt_provider == "together":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_together_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_together_response,
                    resp_raw,
                )
            elif attempt_provider == "huggingface":
                # slow when the model is not warm, see PROVIDER_TIMEOUTS
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_huggingface_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_huggingface_response,
                    resp_raw,
                )
            elif attempt_provider == "aimo":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_aimo_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_aimo_response,
                    resp_raw,
                )
            elif attempt_provider == "xai":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_xai_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_xai_response,
                    resp_raw,
                )
            elif attempt_provider == "cerebras":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_cerebras_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_cerebras_response,
                    resp_raw,
                )
            elif attempt_provider == "chutes":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_chutes_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_chutes_response,
                    resp_raw,
                )
            elif attempt_provider == "google-vertex":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_google_vertex_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_google_vertex_response,
                    resp_raw,
                )
            elif attempt_provider == "near":
                # The SDK compares the answer's model with its own list, which has no prefixes
                request_model = request_model.removeprefix("near/")
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_near_request_openai, messages, request_model, **optional
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(process_near_response, resp_raw)
            elif attempt_provider == "vercel-ai-gateway":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_vercel_ai_gateway_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_vercel_ai_gateway_response,
                    resp_raw,
                )
            elif attempt_provider == "helicone":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_helicone_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_helicone_response,
                    resp_raw,
                )
            elif attempt_provider == "aihubmix":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_aihubmix_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_aihubmix_response,
                    resp_raw,
                )
            elif attempt_provider == "anannas":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_anannas_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_anannas_response,
                    resp_raw,
                )
            elif attempt_provider == "alibaba-cloud":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_alibaba_cloud_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_alibaba_cloud_response,
                    resp_raw,
                )
            elif attempt_provider == "clarifai":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_clarifai_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_clarifai_response,
                    resp_raw,
                )
            elif attempt_provider == "groq":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_groq_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_groq_response,
                    resp_raw,
                )
            elif attempt_provider == "cloudflare-workers-ai":
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_cloudflare_workers_ai_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_cloudflare_workers_ai_response,
                    resp_raw,
                )
            else:
                resp_raw = await asyncio.wait_for(
                    _to_thread(
                        make_openrouter_request_openai,
                        messages,
                        request_model,
                        **optional,
                    ),
                    timeout=request_timeout,
                )
                processed = await _to_thread(
                    process_openrouter_response,
                    resp_raw,
                )

            requested_provider = attempt_provider
            break
        except Exception as exc:
            http_exc = map_provider_error(attempt_provider, request_model, exc)
            last_http_exc = http_exc
            if idx < len(provider_chain) - 1 and should_failover(http_exc):
                logger.warning(
                    "[%s] %s failed with %s, trying %s",
                    request_id,
                    attempt_provider,
                    http_exc.status_code,
                    provider_chain[idx + 1],
                )
                continue
            raise http_exc

    if processed is None:
        raise last_http_exc or HTTPException(
            status_code=502, detail="No provider available"
        )

    usage.record_usage(requested_provider, request_model, processed.get("usage"))
    logger.info(
        "[%s] Response %s via %s in %.2fs",
        request_id,
        request_model,
        requested_provider,
        time.monotonic() - started_at,
    )
    return JSONResponse(
        content=_responses_object(processed, request_model),
        headers={"X-Gateway-Attempt": str(idx + 1)},
    )

"""The providers that are known, one entry each."""

from collections.abc import Mapping
from types import MappingProxyType

from cutover_registry.providers._spec import ProviderSpec

_SPECS = (
    ProviderSpec(
        "openrouter",
        "OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        documentation="https://openrouter.ai/docs/api-reference/overview",
        capabilities=("stream", "tools", "multimodal", "json_mode", "usage_in_stream", "seed", "logprobs", "models"),
    ),
)
SPECS: Mapping[str, ProviderSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})

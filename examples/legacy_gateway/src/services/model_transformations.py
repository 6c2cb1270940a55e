"""Model ids: what the customers write, and what each provider calls the same model."""

# Only the models customers actually ask for under another name
MODEL_ID_MAPPINGS: dict[str, dict[str, str]] = {
    "fireworks": {
        "llama-3.3-70b": "accounts/fireworks/models/llama-v3p3-70b-instruct",
        "deepseek-ai/deepseek-v3": "accounts/fireworks/models/deepseek-v3",
        "qwen/qwen3-32b": "accounts/fireworks/models/qwen3-32b",
    },
    "together": {
        "llama-3.3-70b": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "mixtral-8x7b": "mistralai/Mixtral-8x7B-Instruct-v0.1",
    },
    "huggingface": {
        "llama-3.3-70b": "meta-llama/Llama-3.3-70B-Instruct",
        "zephyr-7b": "HuggingFaceH4/zephyr-7b-beta",
    },
    "featherless": {
        "zephyr-7b": "HuggingFaceH4/zephyr-7b-beta",
        "mythomax-13b": "Gryphe/MythoMax-L2-13b",
    },
    "google-vertex": {
        "gemini-2.5-flash": "gemini-2.5-flash-001",
        "gemini-2.5-pro": "gemini-2.5-pro-001",
    },
    "near": {
        "deepseek-v3.1": "near/deepseek-ai/DeepSeek-V3.1",
    },
    "groq": {
        "llama-3.3-70b": "llama-3.3-70b-versatile",
    },
}


def transform_model_id(model: str, provider: str) -> str:
    """The provider's own id of a model; the id itself when the provider has no other name."""
    if not model:
        return model
    return MODEL_ID_MAPPINGS.get(provider, {}).get(model.lower(), model)


def detect_provider_from_model_id(model: str) -> str | None:
    """Provider that a model id names by itself, as in `near/…` or `@cf/…`."""
    if not model:
        return None
    if model.startswith("@cf/"):
        return "cloudflare-workers-ai"
    if model.startswith("accounts/fireworks/"):
        return "fireworks"
    org = model.split("/", 1)[0].lower()
    if org in ("near", "aimo", "groq", "xai", "openrouter"):
        return org
    return None

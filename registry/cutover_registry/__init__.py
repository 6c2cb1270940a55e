"""Provider registry for LLM gateways (standard library only)."""

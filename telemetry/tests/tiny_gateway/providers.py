"""Providers of this gateway."""

DEFAULT_PROVIDER = "alpha"
DEFAULT_TIMEOUT = 30
PROVIDER_ALIASES = {}
SLOTS = {
    "make_request": "make_{}_request",
    "make_request_async": "make_{}_request_async",
    "make_request_stream": "make_{}_stream",
    "make_request_stream_async": "make_{}_stream_async",
}
SITES = {
    "chat": {"slots": ["make_request"], "default": "alpha"},
    "chat_async": {"slots": ["make_request_async"], "default": "alpha"},
    "chat_stream": {"slots": ["make_request_stream"], "default": "alpha"},
    "chat_stream_async": {"slots": ["make_request_stream_async"], "default": "alpha"},
}
PROVIDER_CONFIGS = {
    "alpha": {"module_name": "tiny_gateway.alpha_client", "sites": "*"},
    "beta": {"module_name": "tiny_gateway.beta_client", "sites": "*"},
}
AUTO_DETECT_PROVIDERS = []

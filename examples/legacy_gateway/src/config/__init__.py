from src.config.settings import settings

__all__ = ["settings"]

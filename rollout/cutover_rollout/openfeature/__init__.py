"""OpenFeature, both ways: our switch as one of its providers, and its flags as the source of share and kill.

    openfeature.api.set_provider(SwitchProvider(), "cutover")
    Follower(FlagState(salt="9f86d081")).start()

It needs the package `openfeature-sdk`.
"""

try:
    import openfeature.api  # noqa: F401  tried first, so that the message says what to install
except ImportError as exc:
    raise ImportError(f"{exc}; pip install 'provider-cutover[openfeature]'", name=exc.name) from exc

from cutover_rollout.openfeature._errors import FlagUnread
from cutover_rollout.openfeature._flags import KILL_FLAG, SHARE_FLAG, FlagState
from cutover_rollout.openfeature._provider import ARM_FLAG, SwitchProvider

__all__ = ["ARM_FLAG", "KILL_FLAG", "SHARE_FLAG", "FlagState", "FlagUnread", "SwitchProvider"]

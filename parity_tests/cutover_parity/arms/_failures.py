"""Exceptions as trees: type and message, with causes, contexts and the parts of groups."""

from cutover_parity._messages import Json, qualified
from cutover_parity.compare._render import without_addresses

_DEEPEST = 16


def failure_tree(error: BaseException | None, depth: int = 0) -> Json:
    """Describe an exception with everything that hangs on it; None gives None."""
    if error is None or depth > _DEEPEST:
        return None
    context = None if error.__suppress_context__ else error.__context__
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return {
        "type": qualified(type(error)),
        "message": without_addresses(str(error)),
        "cause": failure_tree(error.__cause__, depth + 1),
        "context": failure_tree(context, depth + 1),
        "parts": [failure_tree(part, depth + 1) for part in parts],
    }

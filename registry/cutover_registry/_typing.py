"""What is used of `typing` while the program runs, without importing it: that takes longer than all that is here.

A type checker sees the real ones.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, cast

    __all__ = ["TYPE_CHECKING", "Any", "Protocol", "cast"]
else:
    Any = Protocol = object

    def cast(_type: object, value: object) -> object:
        """Give the value."""
        return value

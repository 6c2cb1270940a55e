"""Find the key that a legacy chain would have found.

A chain compares `subject == "literal"` from top to bottom. For a plain `str` a dict gives the same answer in one hit.
Anything else (None, members of a str enum whose hash is not their value's, unhashables, objects with their own
`__eq__`) is compared as the chain did. No alias, no case folding, no strip.
"""

from collections.abc import Iterable, Mapping


def equal_key(subject: object, keys: Iterable[str]) -> str | None:
    """Return the first of `keys` that `subject` equals, in order, or None."""
    for key in keys:
        if subject == key:
            return key
    return None


def matching_key(subject: object, table: Mapping[str, object]) -> str | None:
    """Return the key of `table` that a legacy chain over its keys would have taken for `subject`, or None.

    >>> matching_key("near", {"near": 1}), matching_key("NEAR", {"near": 1}), matching_key(["near"], {"near": 1})
    ('near', None, None)
    """
    if type(subject) is str:
        return subject if subject in table else None
    return equal_key(subject, table)

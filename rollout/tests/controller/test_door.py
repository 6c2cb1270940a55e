"""The door names what it has."""

import cutover_rollout.controller as door
from cutover_rollout.controller import ControllerError, NotARollout


def test_all_is_sorted_and_there():
    assert door.__all__ == sorted(door.__all__)
    assert all(hasattr(door, name) for name in door.__all__)


def test_nothing_public_is_missing_from_all():
    public = {name for name, value in vars(door).items() if not name.startswith("_") and hasattr(value, "__module__")}
    assert public == set(door.__all__)


def test_an_error_says_what_to_do():
    error = NotARollout("it is of version 9")
    assert isinstance(error, ControllerError)
    assert str(error) == (
        "the stored rollout cannot be gone on with: it is of version 9;"
        " begin over it with `cutover rollout start --force`, or upgrade"
    )

"""The public door of plans."""

import cutover_rollout.plan as door


def test_the_door_lists_what_it_has_sorted():
    assert list(door.__all__) == sorted(door.__all__, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(door, name) for name in door.__all__)

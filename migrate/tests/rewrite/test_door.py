"""The door of the rewriting part, and its list of names."""

import inspect

from cutover_migrate import rewrite


def test_the_door_and_its_list_agree():
    names = {
        name for name in vars(rewrite) if not name.startswith("_") and not inspect.ismodule(getattr(rewrite, name))
    }
    assert names == set(rewrite.__all__)


def test_the_list_is_sorted_and_without_repeats():
    order = sorted(rewrite.__all__, key=lambda name: (not name.isupper(), name))
    assert list(rewrite.__all__) == order
    assert len(set(order)) == len(order)

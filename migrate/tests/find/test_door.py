"""The door of the finding part, and its list of names."""

import inspect

from cutover_migrate import find


def test_the_door_and_its_list_agree():
    names = {name for name in vars(find) if not name.startswith("_") and not inspect.ismodule(getattr(find, name))}
    assert names - {"annotations"} == set(find.__all__)


def test_the_list_is_sorted_and_without_repeats():
    order = sorted(find.__all__, key=lambda name: (not name.isupper(), name))
    assert list(find.__all__) == order
    assert len(set(order)) == len(order)

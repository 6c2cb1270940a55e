"""The public door of the reports."""

import inspect

from cutover_migrate import reports


def test_the_door_and_its_list_agree():
    names = {name for name, value in vars(reports).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert names == set(reports.__all__)


def test_the_list_is_sorted():
    assert list(reports.__all__) == sorted(reports.__all__)

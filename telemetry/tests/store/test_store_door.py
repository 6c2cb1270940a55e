import ast
import doctest
import inspect
import pkgutil
from pathlib import Path

import pytest

import cutover_telemetry.store
import cutover_telemetry.store.query
from cutover_telemetry import TelemetryError
from cutover_telemetry.store import StoreError, Writer


@pytest.mark.parametrize("package", [cutover_telemetry.store, cutover_telemetry.store.query])
def test_the_door_and_all_agree_and_are_sorted(package):
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    shown = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    defined = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert package.__all__ == sorted(package.__all__)
    assert set(package.__all__) <= {*shown, *defined}
    assert all(hasattr(package, name) for name in package.__all__)


def test_every_error_of_the_store_is_a_telemetry_error():
    errors = [value for value in vars(cutover_telemetry.store).values() if isinstance(value, type)]
    for error in errors:
        if issubclass(error, Exception):
            assert issubclass(error, StoreError)
    assert issubclass(StoreError, TelemetryError)


def test_the_writer_takes_what_a_record_sink_takes():
    from cutover_telemetry._records import RecordSink

    for name, method in inspect.getmembers(RecordSink, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(method) == inspect.signature(getattr(Writer, name))


def test_the_examples_in_the_docstrings_run():
    for package in (cutover_telemetry.store, cutover_telemetry.store.query):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            loaded = __import__(module.name, fromlist=["_"])
            assert doctest.testmod(loaded).failed == 0

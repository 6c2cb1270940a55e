"""Import as the statements `import m` and `from m import f` do, with the same errors.

A registry that replaces a block of from-imports must fail as the block failed: same exception type, same message.
"""

import importlib
import sys
from types import ModuleType

ISOLATED = (Exception, SystemExit)
"""What the import of one provider may raise without taking the others down; KeyboardInterrupt is for the process."""


def import_module(module_name: str) -> ModuleType:
    """Return the module, as `import module_name` finds it."""
    return importlib.import_module(module_name)


def import_from(module_name: str, attribute: str) -> object:
    """Return what `from module_name import attribute` would bind.

    Raises:
        ImportError: As the statement raises it, message included; or whatever the module's own code raises.

    >>> import_from("json", "dumps") is __import__("json").dumps
    True
    >>> import_from("json", "dump_it")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ImportError: cannot import name 'dump_it' from 'json' (...)
    """
    module = __import__(module_name, None, None, [attribute])
    try:
        return getattr(module, attribute)
    except AttributeError:
        pass
    name = getattr(module, "__name__", module_name)
    try:
        return sys.modules[f"{name}.{attribute}"]
    except KeyError:
        raise _cannot_import(module, name, attribute) from None


def _cannot_import(module: ModuleType, name: str, attribute: str) -> ImportError:
    path = getattr(module, "__file__", None)
    source = repr(name)
    if getattr(getattr(module, "__spec__", None), "_initializing", False):
        source = f"partially initialized module {name!r} (most likely due to a circular import)"
    return ImportError(
        f"cannot import name {attribute!r} from {source} ({path or 'unknown location'})", name=name, path=path
    )

"""Loads JSON and YAML as plain data; tags that would make objects are refused."""

import json
from pathlib import Path

import yaml

from cutover_parity._messages import Json
from cutover_parity.errors import NotImportable

_FORMAT = "HAR or VCR cassette"


def loaded(path: Path) -> Json:
    """Load a file as JSON if it begins like JSON, else as YAML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NotImportable(path, _FORMAT, f"it cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise NotImportable(path, _FORMAT, f"byte {error.start} is not UTF-8") from error
    try:
        return json.loads(text) if text.lstrip()[:1] == "{" else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        raise NotImportable(path, _FORMAT, f"not JSON: {error}") from error
    except yaml.YAMLError as error:
        raise NotImportable(path, _FORMAT, f"not plain YAML: {_first_words(error)}") from error
    except RecursionError as error:
        raise NotImportable(path, _FORMAT, "it is nested too deeply") from error


def _first_words(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1})" if mark is not None else ""
    return f"{getattr(error, 'problem', None) or 'unreadable'}{place}"

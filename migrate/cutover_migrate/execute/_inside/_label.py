"""The label of a recorder: where it comes from."""

from __future__ import annotations

GLOBAL = "global"
PARAMETER = "parameter"
VALUE = "value"


class Labelled:
    """Something with a label; what it can do is in `Recorder`."""

    __slots__ = ("_cutover_kind", "_cutover_label")

    def __init__(self, label: str, kind: str = VALUE, *_: object, **__: object) -> None:
        object.__setattr__(self, "_cutover_label", label if type(label) is str else "?")
        object.__setattr__(self, "_cutover_kind", kind if type(kind) is str else VALUE)


def label_of(recorder: Labelled) -> str:
    """Where a recorder comes from."""
    label: str = object.__getattribute__(recorder, "_cutover_label")
    return label


def kind_of(recorder: Labelled) -> str:
    """Whether it stands for a module's name, for a parameter or for a value."""
    kind: str = object.__getattribute__(recorder, "_cutover_kind")
    return kind

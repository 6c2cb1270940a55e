"""Text that is safe and visible: in HTML, whatever a name, a comment or a path has in it.

Characters that a browser would hide or obey (controls, changes of the writing direction) are shown by their number, so
that code cannot look like other code.

Example: ``html_text("<b>")`` is ``"&lt;b&gt;"``
"""

from __future__ import annotations

import re
from html import escape

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """A text in which hidden characters are shown by their number."""
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def html_text(text: object) -> str:
    """A text for the content of an element, or for an attribute in quotes."""
    return escape(visible(str(text)), quote=True)

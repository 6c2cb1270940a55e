"""A body that is kept up to a limit: a route of any size takes bounded memory, and says how much of it was lost."""

MOST_PIECES = 65536


class Kept:
    """The first bytes of a body in the pieces in which they came; `lost` counts the bytes that were not kept."""

    __slots__ = ("_room", "lost", "pieces", "size")

    def __init__(self, limit: int) -> None:
        self.pieces: list[bytes] = []
        self.lost = self.size = 0
        self._room = limit

    def add(self, data: bytes) -> bool:
        """Keep what there is room for; say whether anything was kept."""
        kept = bytes(data[: self._room]) if len(self.pieces) < MOST_PIECES else b""
        self.lost += len(data) - len(kept)
        if kept:
            self._room -= len(kept)
            self.size += len(kept)
            self.pieces.append(kept)
        return bool(kept)

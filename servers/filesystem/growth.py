"""Grows a tree of nodes: directories first, then what they hold, dated and owned by rule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from servers.filesystem.archives import packed_size
from servers.filesystem.records import Kind, Node, Place


class Owner(NamedTuple):
    """Whose entries are, and what others may do with them: bits of directories and of files."""

    user: str
    group: str
    directories: str = "755"
    files: str = "644"


class Growth:
    """The nodes grown so far. Entries take owner and bits from the `owner` they are given."""

    def __init__(self, rng: random.Random, today: date, numbers: Iterator[str]):
        self.rng = rng
        self.nodes: list[Node] = []
        self._today = today
        self._numbers = numbers

    def directory(self, above: Node | None, name: str, owner: Owner) -> Node:
        return self._grow(above.node_id if above else "", name, "directory", owner, owner.directories, self.day(400))

    def text(self, above: Node, name: str, content: str, owner: Owner, day: date) -> Node:
        return self._grow(above.node_id, name, "text", owner, owner.files, day, content, len(content.encode()))

    def binary(self, above: Node, name: str, kilobytes: int, owner: Owner, day: date | None = None) -> Node:
        mark, size = f"{self.rng.getrandbits(64):016x}", kilobytes * 1000 + self.rng.randrange(1000)
        return self._grow(above.node_id, name, "binary", owner, owner.files, day or self.day(700), mark, size)

    def link(self, above: Node, name: str, target: str, owner: Owner) -> Node:
        return self._grow(above.node_id, name, "link", owner, "777", self.day(200), target, len(target))

    def archive(self, above: Node, name: str, owner: Owner, day: date) -> Node:
        """An archive that is still open: what is grown below it is packed by `close`."""
        return self._grow(above.node_id, name, "archive", owner, owner.files, day)

    def close(self, archive: Node) -> None:
        """Sizes an archive by all that was grown after it."""
        at = self.nodes.index(archive)
        packed = [Place(node, node.name) for node in self.nodes[at + 1 :]]
        self.nodes[at] = replace(archive, size=packed_size(packed))

    def day(self, days: int) -> date:
        """One of the last so many days, mostly a recent one."""
        return self._today - timedelta(days=1 + int(days * self.rng.random() ** 2))

    def days(self, count: int) -> list[date]:
        """Days of the last year."""
        return [self.day(330) for _ in range(count)]

    def dated(self) -> list[Node]:
        """All nodes; a directory or an archive changed when the newest in it did."""
        newest: dict[str, str] = {}
        rows = []
        for node in reversed(self.nodes):
            moment = newest.get(node.node_id, node.modified) if node.kind in ("directory", "archive") else node.modified
            newest[node.parent_id] = max(moment, newest.get(node.parent_id, ""))
            rows.append(node if moment == node.modified else replace(node, modified=moment))
        return rows[::-1]

    def _grow(
        self,
        parent_id: str,
        name: str,
        kind: Kind,
        owner: Owner,
        bits: str,
        day: date,
        content: str = "",
        size: int = 0,
    ) -> Node:
        moment = f"{day}T{self.rng.randrange(8, 19):02d}:{self.rng.randrange(60):02d}"
        node = Node(next(self._numbers), parent_id, name, kind, owner.user, owner.group, bits, moment, content, size)
        self.nodes.append(node)
        return node

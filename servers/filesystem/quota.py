"""What a volume holds, and whether more fits.

used = files + archives (packed) + saved versions + what was trashed from it      entries are counted likewise
"""

from __future__ import annotations

from typing import NamedTuple

from servers.filesystem.permissions import volume_of
from servers.filesystem.records import Disk, Node, Place, Volume
from servers.filesystem.tree import Branches, branches, outside_archives
from servers.state import ToolError


class Usage(NamedTuple):
    size: int
    entries: int


def usage(disk: Disk, volume: Volume) -> Usage:
    known = branches(disk)
    saved = _saved(disk)
    other_roots = {other.root_id for other in disk.volumes} - {volume.root_id}
    size, entries, ahead = 0, 0, [disk.nodes.find(volume.root_id)]
    while ahead:
        node = ahead.pop()
        entries += 1
        size += node.size + saved.get(node.node_id, 0)
        if node.kind == "archive":
            entries += packed_entries(known, node)
        else:
            ahead += [child for child in known.get(node.node_id, ()) if child.node_id not in other_roots]
    trashed = disk.trash.where(volume=volume.volume)
    return Usage(size + sum(row.size for row in trashed), entries + sum(row.entries for row in trashed))


def size_of(taken: list[Place]) -> int:
    """The bytes of a subtree: an archive counts as packed, what is inside it not again."""
    return sum(node.size for node, _ in outside_archives(taken))


def weight_of(disk: Disk, taken: list[Place]) -> int:
    """What a subtree takes of the quota: its bytes and those of its saved versions."""
    saved = _saved(disk)
    return size_of(taken) + sum(saved.get(node.node_id, 0) for node, _ in taken)


def packed_entries(known: Branches, archive: Node) -> int:
    below = list(known.get(archive.node_id, ()))
    for node in below:
        below += known.get(node.node_id, ())
    return len(below)


def check_room(disk: Disk, directory: Node, size: int, entries: int = 0) -> None:
    """Refuses what would make the volume of a directory hold more than its quota."""
    volume = volume_of(disk, directory)
    used = usage(disk, volume)
    if size > 0 and used.size + size > volume.quota:
        free = max(0, volume.quota - used.size)
        raise ToolError(f"quota exceeded on volume {volume.volume}: {size} bytes needed, {free} free")
    if used.entries + entries > volume.most_entries:
        raise ToolError(f"volume {volume.volume} holds {used.entries} entries, at most {volume.most_entries}")


def _saved(disk: Disk) -> dict[str, int]:
    """Bytes of the saved versions, by file."""
    sizes: dict[str, int] = {}
    for version in disk.versions:
        sizes[version.node_id] = sizes.get(version.node_id, 0) + len(version.content.encode())
    return sizes

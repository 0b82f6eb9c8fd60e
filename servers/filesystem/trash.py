"""Tools of the trash: what is put there leaves the tree, keeps its space, and comes back unless it is purged."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servers.filesystem.arranging import check_not_current
from servers.filesystem.paths import inside, name_of, parent_of, plain
from servers.filesystem.permissions import check_takes_entries, volume_of
from servers.filesystem.quota import check_room, weight_of
from servers.filesystem.records import (
    TRASH,
    AnyPath,
    DirectoryPath,
    Disk,
    MovedPath,
    PurgedTrash,
    Trashed,
    TrashedPath,
    TrashedPaths,
    TrashEntryId,
)
from servers.filesystem.searching import Limit, NamePart
from servers.filesystem.tree import (
    check_all_fit,
    check_free,
    check_moves,
    directory_at,
    drop_nodes,
    move_node,
    place_at,
    subtree,
)
from servers.state import ToolError, later
from servers.tool import reads, writes

Days = Annotated[int, Meta(description="how many days it has been in the trash, e.g. 30; 0 is all", ge=0, le=3650)]


@writes
def trash_path(disk: Disk, path: AnyPath) -> TrashedPath:
    """Put a file, link or directory with all in it in the trash; restore_trashed_path brings it back."""
    place = place_at(disk, path, follow=False)
    taken = check_moves(disk, place)
    check_not_current(disk, place)
    volume = volume_of(disk, place.node).volume
    size, entry = weight_of(disk, taken), disk.new_id("TSH")
    move_node(disk, place.node, TRASH, place.node.name)
    row = Trashed(entry, place.node.node_id, place.path, volume, disk.now, size, len(taken))
    return _line(disk.trash.add(row))


@reads
def list_trashed_paths(disk: Disk, name: NamePart | None = None, limit: Limit = 8) -> TrashedPaths:
    """List what is in the trash with former path, the latest first, all or by name, e.g. name="budget"."""
    rows = [row for row in disk.trash if name is None or plain(name) in plain(name_of(row.path))]
    latest = sorted(rows, key=lambda row: (row.trashed, row.trash_entry_id), reverse=True)
    return TrashedPaths([_line(row) for row in latest[:limit]], len(latest), sum(row.size for row in disk.trash))


@writes
def restore_trashed_path(disk: Disk, trash_entry_id: TrashEntryId, directory: DirectoryPath | None = None) -> MovedPath:
    """Bring an entry of the trash back to where it was, or into another directory, e.g. trash_entry_id="TSH-30417"."""
    entry = disk.trash.get(trash_entry_id)
    if entry is None:
        raise ToolError(f"no trash entry {trash_entry_id}")
    node = disk.nodes.find(entry.node_id)
    target, taken = directory_at(disk, directory or parent_of(entry.path)), subtree(disk, node)
    check_takes_entries(disk, target)
    check_free(disk, target, node.name)
    check_all_fit(target, node.name, taken)
    if volume_of(disk, target.node).volume != entry.volume:
        check_room(disk, target.node, entry.size, entry.entries)
    move_node(disk, node, target.node.node_id, node.name)
    disk.trash.delete(trash_entry_id)
    return MovedPath(inside(target.path, node.name), entry.path, entry.entries)


@writes(destructive=True)
def purge_trash(disk: Disk, older_than_days: Days) -> PurgedTrash:
    """Delete for good what has been in the trash for so many days, e.g. older_than_days=30; its space is free again."""
    before = later(disk.now, days=-older_than_days)
    old = [row for row in disk.trash if row.trashed <= before]
    if not old:
        raise ToolError(f"nothing has been in the trash for {older_than_days} days")
    for row in old:
        drop_nodes(disk, subtree(disk, disk.nodes.find(row.node_id)))
        disk.trash.delete(row.trash_entry_id)
    return PurgedTrash(len(old), sum(row.size for row in old))


def _line(row: Trashed) -> TrashedPath:
    return TrashedPath(row.trash_entry_id, row.path, row.trashed, row.size)

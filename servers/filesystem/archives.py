"""Tools of zip archives: an archive holds copies, and takes less space than what it packs.

text shrinks to 35 % of its bytes, everything else to 97 %; 22 bytes frame the whole and 46 each entry.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servers.filesystem.arranging import check_readable
from servers.filesystem.paths import extension, inside
from servers.filesystem.permissions import check_may, check_takes_entries
from servers.filesystem.quota import check_room, size_of
from servers.filesystem.records import (
    AnyPath,
    ArchiveContents,
    ArchiveEntry,
    ArchivePath,
    DirectoryPath,
    Disk,
    PackedArchive,
    Place,
    UnpackedArchive,
)
from servers.filesystem.searching import Limit
from servers.filesystem.tree import (
    add_node,
    check_all_fit,
    check_free,
    children,
    copy_nodes,
    directory_at,
    file_at,
    parent_place,
    place_at,
    subtree,
)
from servers.state import ToolError
from servers.tool import reads, writes

ArchiveName = Annotated[
    str, Meta(description="name of the new archive, ending in .zip, e.g. notes_2025.zip", min_length=5, max_length=120)
]

MOST_SHOWN_CREATED = 8


@writes
def pack_archive(disk: Disk, path: AnyPath, archive_name: ArchiveName) -> PackedArchive:
    """Pack a file or a directory into a new zip archive beside it, e.g. archive_name="notes_2025.zip"; both stay."""
    place = place_at(disk, path, follow=False)
    _check_packable(place, archive_name)
    directory, taken = parent_place(disk, place), subtree(disk, place.node)
    check_readable(disk, place, taken)
    check_takes_entries(disk, directory)
    check_free(disk, directory, archive_name)
    size = packed_size(taken)
    check_room(disk, directory.node, size, len(taken) + 1)
    archive = add_node(disk, directory, archive_name, "archive", size=size)
    copy_nodes(disk, taken, archive.node.node_id, place.node.name)
    return PackedArchive(archive.path, len(taken), size, size_of(taken))


@reads
def list_archive_contents(disk: Disk, path: ArchivePath, limit: Limit = 10) -> ArchiveContents:
    """List what a zip archive holds, with sizes before packing, without unpacking it."""
    archive = _archive(disk, path)
    inner = subtree(disk, archive.node)[1:]
    rows = [ArchiveEntry(place.path.partition("/")[2], place.node.kind, place.node.size) for place in inner]
    return ArchiveContents(archive.path, sorted(rows, key=lambda row: row.name)[:limit], len(rows))


@writes
def unpack_archive(disk: Disk, path: ArchivePath, directory: DirectoryPath) -> UnpackedArchive:
    """Unpack a zip archive into an existing directory; refused if one of its top names is taken there."""
    archive, target = _archive(disk, path), directory_at(disk, directory)
    check_takes_entries(disk, target)
    parts = [subtree(disk, node) for node in children(disk, archive.node)]
    for taken in parts:
        check_free(disk, target, taken[0].node.name)
        check_all_fit(target, taken[0].node.name, taken)
    size, entries = sum(map(size_of, parts)), sum(map(len, parts))
    check_room(disk, target.node, size, entries)
    for taken in parts:
        copy_nodes(disk, taken, target.node.node_id, taken[0].node.name)
    created = [inside(target.path, taken[0].node.name) for taken in parts]
    return UnpackedArchive(archive.path, created[:MOST_SHOWN_CREATED], entries, size)


def packed_size(taken: list[Place]) -> int:
    text = sum(node.size for node, _ in taken if node.kind == "text")
    return 22 + 46 * len(taken) + text * 35 // 100 + (size_of(taken) - text) * 97 // 100


def _archive(disk: Disk, path: str) -> Place:
    place = file_at(disk, path)
    if place.node.kind != "archive":
        raise ToolError(f"{place.path} is not an archive but {place.node.kind}")
    check_may(disk, place, "read")
    return place


def _check_packable(place: Place, archive_name: str) -> None:
    if not place.node.parent_id:
        raise ToolError("the root directory cannot be packed")
    if extension(archive_name) != "zip":
        raise ToolError(f"the name of an archive ends in .zip; {archive_name} does not")

"""Tools that say where the user is and what is there."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.filesystem.paths import inside, written
from servers.filesystem.permissions import (
    check_may,
    desk,
    is_writable,
    letters,
    lock_on,
    may,
    me,
    volume_of,
)
from servers.filesystem.quota import usage
from servers.filesystem.records import (
    AnyPath,
    CurrentDirectory,
    DirectoryPath,
    DirectorySize,
    Disk,
    Kind,
    Listing,
    PathDetails,
    PathRow,
    Place,
    SizeRow,
    Volume,
    VolumeRow,
    Volumes,
)
from servers.filesystem.tree import children, current, directory_at, names_of, place_at, row_of, walk
from servers.state import ToolError
from servers.tool import reads, writes

OnlyKind = Annotated[Kind, Meta(description="only entries of this kind, e.g. directory")]
Order = Annotated[Literal["name", "newest", "largest"], Meta(description="what comes first, e.g. newest")]
Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Steps = Annotated[int, Meta(description="how many directories to go back, e.g. 1", ge=1, le=20)]

LONGEST_HISTORY = 20
SHOWN_HISTORY = 5
MOST_LARGEST = 5


@reads
def get_current_directory(disk: Disk) -> CurrentDirectory:
    """Show the current directory, those visited before, and the signed-in user with groups and home directory."""
    return _where(disk)


@writes
def change_directory(disk: Disk, path: DirectoryPath) -> CurrentDirectory:
    """Make another directory the current one, from which relative paths start, e.g. path="../Photos" or "/team"."""
    directory = directory_at(disk, path)
    check_may(disk, directory, "enter")
    seat = desk(disk)
    if directory.node.node_id == seat.directory_id:
        raise ToolError(f"{directory.path} is the current directory already")
    history = (*seat.history, seat.directory_id)[-LONGEST_HISTORY:]
    disk.desks.update(seat, directory_id=directory.node.node_id, history=history)
    return _where(disk)


@writes
def return_to_previous_directory(disk: Disk, steps: Steps = 1) -> CurrentDirectory:
    """Go back to the directory visited before, or several steps back, e.g. steps=2; it must still be there."""
    seat = desk(disk)
    if steps > len(seat.history):
        raise ToolError(f"only {len(seat.history)} directories were visited before")
    node = disk.nodes.get(seat.history[-steps])
    names = names_of(disk, node) if node else None
    if node is None or names is None:
        raise ToolError("that directory was deleted or is in the trash")
    check_may(disk, directory_at(disk, written(names)), "enter")
    disk.desks.update(seat, directory_id=node.node_id, history=seat.history[:-steps])
    return _where(disk)


@reads
def list_directory(
    disk: Disk, path: DirectoryPath = ".", kind: OnlyKind | None = None, order: Order = "name", limit: Limit = 10
) -> Listing:
    """List what is in a directory, the current one unless a path is given, by name, newest or largest first."""
    directory = directory_at(disk, path)
    check_may(disk, directory, "read")
    places = [Place(node, inside(directory.path, node.name)) for node in children(disk, directory.node)]
    rows = [row_of(place) for place in places if kind in (None, place.node.kind)]
    return Listing(directory.path, in_order(rows, order)[:limit], len(rows))


@reads
def get_path_details(disk: Disk, path: AnyPath) -> PathDetails:
    """Show kind, size in bytes, owner, permissions, volume, tags, lock and link target of a path; a link itself."""
    place = place_at(disk, path, follow=False)
    node, lock = place.node, lock_on(disk, place.node)
    return PathDetails(
        path=place.path,
        kind=node.kind,
        size=node.size,
        modified=node.modified,
        owner=node.owner,
        group=node.group,
        permissions=f"{node.permissions} {letters(node.permissions)}",
        volume=volume_of(disk, node).volume,
        readable=may(disk, node, "read"),
        writable=is_writable(disk, node),
        tags=list(node.tags),
        locked=f"by {lock.user} until {lock.until}" if lock else "",
        target=node.content if node.kind == "link" else "",
        versions=len(disk.versions.where(node_id=node.node_id)),
    )


@reads
def measure_directory_size(disk: Disk, path: DirectoryPath) -> DirectorySize:
    """Add up the bytes of everything below a directory and name its five largest entries, e.g. path="/team/Finance"."""
    directory = directory_at(disk, path)
    check_may(disk, directory, "read")
    below = list(walk(disk, directory))
    kinds = [place.node.kind for place in below]
    folders = kinds.count("directory")
    total = sum(place.node.size for place in below)
    return DirectorySize(directory.path, total, len(below) - folders, folders, _largest(directory, below))


@reads
def list_storage_volumes(disk: Disk) -> Volumes:
    """List the volumes of the disk with mount path, quota, bytes used and free, and whether they are read-only."""
    return Volumes([_volume_row(disk, volume) for volume in disk.volumes])


def in_order(rows: list[PathRow], order: str) -> list[PathRow]:
    """Rows that come by path, put newest or largest first."""
    if order == "newest":
        return sorted(rows, key=lambda row: row.modified, reverse=True)
    return sorted(rows, key=lambda row: -row.size) if order == "largest" else rows


def _where(disk: Disk) -> CurrentDirectory:
    user, place = me(disk), current(disk)
    visited = [disk.nodes.get(node_id) for node_id in reversed(desk(disk).history)]
    there = [names_of(disk, node) for node in visited if node]
    return CurrentDirectory(
        path=place.path,
        entries=len(children(disk, place.node)),
        previous=[written(names) for names in there if names is not None][:SHOWN_HISTORY],
        user=user.user,
        groups=list(user.groups),
        home=f"/home/{user.user}",
    )


def _largest(directory: Place, below: list[Place]) -> list[SizeRow]:
    """The entries of a directory with most bytes below them."""
    sizes: dict[str, int] = {}
    for node, path in below:
        name = path[len(directory.path) :].strip("/").split("/")[0]
        sizes[name] = sizes.get(name, 0) + node.size
    rows = [SizeRow(name, size) for name, size in sizes.items()]
    return sorted(rows, key=lambda row: (-row.size, row.name))[:MOST_LARGEST]


def _volume_row(disk: Disk, volume: Volume) -> VolumeRow:
    used, names = usage(disk, volume).size, names_of(disk, disk.nodes.find(volume.root_id))
    free = max(0, volume.quota - used)
    return VolumeRow(volume.volume, written(names or ()), volume.read_only, used, volume.quota, free)

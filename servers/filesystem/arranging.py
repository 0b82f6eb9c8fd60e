"""Tools that make, copy, move, name and delete entries, and set what is said of them: permissions, tags and locks."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.filesystem.paths import inside
from servers.filesystem.permissions import (
    check_lock,
    check_may,
    check_owned,
    check_takes_entries,
    check_volume,
    check_writable,
    desk,
    letters,
    lock_on,
    me,
    volume_of,
)
from servers.filesystem.quota import check_room, size_of, weight_of
from servers.filesystem.records import (
    AnyPath,
    CopiedPath,
    DeletedPath,
    DirectoryPath,
    Disk,
    FileLock,
    FilePath,
    Lock,
    MovedPath,
    NewName,
    NewPath,
    PathPermissions,
    PathTags,
    Place,
    Tag,
)
from servers.filesystem.tree import (
    add_node,
    check_all_fit,
    check_free,
    check_moves,
    check_not_inside,
    children,
    copy_nodes,
    current,
    directory_at,
    drop_nodes,
    file_at,
    move_node,
    outside_archives,
    parent_place,
    place_at,
    subtree,
)
from servers.state import ToolError, later
from servers.tool import writes

Permissions = Annotated[
    str,
    Meta(description="octal digits for owner, group and others: read 4 + write 2 + enter 1", pattern=r"^[0-7]{3}$"),
]
Group = Annotated[str, Meta(description="one of the user's groups, e.g. finance", pattern=r"^[a-z]{1,30}$")]
TagAction = Annotated[Literal["add", "remove"], Meta(description="whether to put the tag on or take it off")]
Minutes = Annotated[int, Meta(description="how long, in minutes, e.g. 90", ge=5, le=1440)]

MOST_TAGS = 6


@writes
def create_directory(disk: Disk, directory: DirectoryPath, name: NewName) -> NewPath:
    """Create an empty directory inside an existing one, e.g. directory="/projects/atlas", name="minutes"."""
    parent = directory_at(disk, directory)
    check_takes_entries(disk, parent)
    check_free(disk, parent, name)
    check_room(disk, parent.node, 0, 1)
    return _new(add_node(disk, parent, name, "directory", permissions="755"))


@writes
def create_symbolic_link(disk: Disk, directory: DirectoryPath, name: NewName, target: AnyPath) -> NewPath:
    """Create a link called name in a directory that leads to an existing file or directory, e.g. name="latest"."""
    parent, aim = directory_at(disk, directory), place_at(disk, target, follow=False)
    check_takes_entries(disk, parent)
    check_free(disk, parent, name)
    check_room(disk, parent.node, len(aim.path), 1)
    return _new(add_node(disk, parent, name, "link", aim.path, len(aim.path), "777"))


@writes
def copy_path(disk: Disk, path: AnyPath, directory: DirectoryPath, new_name: NewName | None = None) -> CopiedPath:
    """Copy a file, or a directory with all in it, into an existing directory, under its own or a new name."""
    place, target = place_at(disk, path, follow=False), directory_at(disk, directory)
    taken, name = subtree(disk, place.node), new_name or place.node.name
    check_not_inside(place, target)
    check_readable(disk, place, taken)
    check_takes_entries(disk, target)
    check_free(disk, target, name)
    check_all_fit(target, name, taken)
    check_room(disk, target.node, size_of(taken), len(taken))
    copy_nodes(disk, taken, target.node.node_id, name)
    return CopiedPath(inside(target.path, name), place.path, len(taken), size_of(taken))


@writes
def move_path(disk: Disk, path: AnyPath, directory: DirectoryPath) -> MovedPath:
    """Move a file, link or whole directory into another existing directory; its name must be free there."""
    place, target = place_at(disk, path, follow=False), directory_at(disk, directory)
    check_not_inside(place, target)
    taken, name = check_moves(disk, place), place.node.name
    check_takes_entries(disk, target)
    check_free(disk, target, name)
    check_all_fit(target, name, taken)
    if volume_of(disk, place.node) != volume_of(disk, target.node):
        check_room(disk, target.node, weight_of(disk, taken), len(taken))
    move_node(disk, place.node, target.node.node_id, name)
    return MovedPath(inside(target.path, name), place.path, len(taken))


@writes
def rename_path(disk: Disk, path: AnyPath, new_name: NewName) -> MovedPath:
    """Give a file, link or directory another name where it is, e.g. new_name="budget_2026.csv"."""
    place = place_at(disk, path, follow=False)
    taken, parent = check_moves(disk, place), parent_place(disk, place)
    check_free(disk, parent, new_name)
    check_all_fit(parent, new_name, taken)
    move_node(disk, place.node, parent.node.node_id, new_name)
    return MovedPath(inside(parent.path, new_name), place.path, len(taken))


@writes(destructive=True)
def delete_path_permanently(disk: Disk, path: AnyPath) -> DeletedPath:
    """Delete a file, a link or an empty directory for good, past the trash; what a link leads to stays."""
    place = place_at(disk, path, follow=False)
    taken = check_moves(disk, place)
    check_not_current(disk, place)
    if place.node.kind == "directory" and len(taken) > 1:
        raise ToolError(f"{place.path} is not empty: it has {len(children(disk, place.node))} entries")
    freed = weight_of(disk, taken)
    drop_nodes(disk, taken)
    return DeletedPath(place.path, freed)


@writes(idempotent=True)
def set_path_permissions(
    disk: Disk, path: AnyPath, permissions: Permissions, group: Group | None = None
) -> PathPermissions:
    """Set the permission bits of an own file or directory, and its group if given, e.g. permissions="640"."""
    place = place_at(disk, path)
    check_volume(disk, place)
    check_owned(disk, place)
    groups = me(disk).groups
    if group is not None and group not in groups:
        raise ToolError(f"you are not in group {group}; your groups are {', '.join(groups)}")
    node = disk.nodes.update(place.node, permissions=permissions, group=group or place.node.group)
    return PathPermissions(place.path, node.owner, node.group, f"{permissions} {letters(permissions)}")


@writes
def tag_path(disk: Disk, path: AnyPath, tag: Tag, action: TagAction = "add") -> PathTags:
    """Put a tag on a file or directory the user may write, or take it off, e.g. tag="to-review"."""
    place = place_at(disk, path)
    check_writable(disk, place)
    tags = place.node.tags
    if (tag in tags) == (action == "add"):
        raise ToolError(f"{place.path} is {'already' if action == 'add' else 'not'} tagged {tag}")
    changed = sorted({*tags, tag}) if action == "add" else [known for known in tags if known != tag]
    if len(changed) > MOST_TAGS:
        raise ToolError(f"{place.path} has {MOST_TAGS} tags already: {', '.join(tags)}")
    disk.nodes.update(place.node, tags=tuple(changed))
    return PathTags(place.path, changed)


@writes
def lock_file(disk: Disk, path: FilePath, minutes: Minutes = 60) -> FileLock:
    """Keep others from changing, moving or deleting a writable file for some minutes, e.g. minutes=90."""
    place = file_at(disk, path)
    check_writable(disk, place)
    lock = disk.locks.save(Lock(place.node.node_id, desk(disk).user, later(disk.now, minutes=minutes)))
    return FileLock(place.path, lock.user, lock.until)


@writes
def unlock_file(disk: Disk, path: FilePath) -> FileLock:
    """Lift the user's own lock of a file before its time is over."""
    place = file_at(disk, path)
    if lock_on(disk, place.node) is None:
        raise ToolError(f"{place.path} is not locked")
    check_lock(disk, place)
    lock = disk.locks.find(place.node.node_id)
    disk.locks.delete(lock.node_id)
    return FileLock(place.path, "", disk.now)


def check_not_current(disk: Disk, place: Place) -> None:
    """Refuses to take away the directory the user is in."""
    if inside(current(disk).path, "").startswith(inside(place.path, "")):
        raise ToolError(f"the current directory, {current(disk).path}, is in {place.path}; change it first")


def check_readable(disk: Disk, place: Place, taken: list[Place]) -> None:
    """Refuses to copy what the user may not read or look into."""
    for node, path in outside_archives(taken):
        below = Place(node, place.path + path.removeprefix(place.node.name))
        check_may(disk, below, "read")
        if node.kind == "directory":
            check_may(disk, below, "enter")


def _new(place: Place) -> NewPath:
    return NewPath(place.path, place.node.kind, place.node.size)

"""The tree: where a path leads, what lies below a directory, and the only ways to add, move, copy and drop nodes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from servers.filesystem.paths import Names, check_fits, check_name, inside, parent_of, steps, written
from servers.filesystem.permissions import check_lock, check_may, check_takes_entries, desk, may, me
from servers.filesystem.records import TRASH, Disk, Kind, Node, PathRow, Place
from servers.state import ToolError

MOST_LINKS = 8

Branches = dict[str, list[Node]]


def current(disk: Disk) -> Place:
    node = disk.nodes.find(desk(disk).directory_id)
    return Place(node, written(names_of(disk, node) or ()))


def names_of(disk: Disk, node: Node) -> Names | None:
    """The names from the root to a node; None if it lies in the trash."""
    names: list[str] = []
    while node.parent_id:
        if node.parent_id == TRASH:
            return None
        names.append(node.name)
        node = disk.nodes.find(node.parent_id)
    return tuple(reversed(names))


def place_at(disk: Disk, path: str, follow: bool = True) -> Place:
    """Where a path leads. Links on the way are followed, one at its end only if `follow`."""
    ahead = list(steps(path, names_of(disk, current(disk).node) or ()))
    place, links = _root(disk), 0
    while ahead:
        child = _child(disk, place, ahead.pop(0))
        if child.node.kind != "link" or not (ahead or follow):
            place = child
            continue
        links += 1
        if links > MOST_LINKS:
            raise ToolError(f"too many levels of symbolic links: {path}")
        place, ahead = _root(disk), [*steps(child.node.content, steps(place.path, ())), *ahead]
    return place


def directory_at(disk: Disk, path: str) -> Place:
    place = place_at(disk, path)
    _check_directory(place)
    return place


def file_at(disk: Disk, path: str) -> Place:
    """A file of any kind."""
    place = place_at(disk, path)
    if place.node.kind == "directory":
        raise ToolError(f"{place.path} is a directory")
    return place


def text_at(disk: Disk, path: str) -> Place:
    place = file_at(disk, path)
    if place.node.kind != "text":
        raise ToolError(f"{place.path} is not a text file but {place.node.kind}")
    return place


def readable_text(disk: Disk, path: str) -> Place:
    place = text_at(disk, path)
    check_may(disk, place, "read")
    return place


def children(disk: Disk, node: Node) -> list[Node]:
    return sorted(disk.nodes.where(parent_id=node.node_id), key=lambda child: child.name)


def branches(disk: Disk) -> Branches:
    """The children of every node, for a walk that would otherwise ask for each."""
    found: Branches = {}
    for node in disk.nodes:
        found.setdefault(node.parent_id, []).append(node)
    return found


def walk(disk: Disk, top: Place) -> Iterator[Place]:
    """Everything below a directory that the user may see, by path; links are not followed, archives not opened."""
    known = branches(disk)
    ahead = [top]
    while ahead:
        place = ahead.pop()
        if place is not top:
            yield place
        node = place.node
        if node.kind == "directory" and may(disk, node, "read") and may(disk, node, "enter"):
            below = sorted(known.get(node.node_id, ()), key=lambda child: child.name, reverse=True)
            ahead += [Place(child, inside(place.path, child.name)) for child in below]


def subtree(disk: Disk, top: Node) -> list[Place]:
    """A node and all below it, even in archives and where the user may not look; paths begin with its own name."""
    known = branches(disk)
    found = [Place(top, top.name)]
    for place in found:
        below = sorted(known.get(place.node.node_id, ()), key=lambda child: child.name)
        found += [Place(child, f"{place.path}/{child.name}") for child in below]
    return found


def outside_archives(taken: list[Place]) -> list[Place]:
    """The places of a subtree without what its archives pack."""
    packed: set[str] = set()
    for node, _ in taken:
        if node.kind == "archive" or node.parent_id in packed:
            packed.add(node.node_id)
    return [place for place in taken if place.node.parent_id not in packed]


def row_of(place: Place) -> PathRow:
    return PathRow(place.path, place.node.kind, place.node.size, place.node.modified)


def check_free(disk: Disk, directory: Place, name: str) -> None:
    """Refuses a name that is no name, that is taken, or whose path would be too long."""
    check_name(name)
    path = inside(directory.path, name)
    if disk.nodes.where(parent_id=directory.node.node_id, name=name):
        raise ToolError(f"{path} exists already")
    check_fits(path)


def check_moves(disk: Disk, place: Place) -> list[Place]:
    """Refuses to take an entry out of its directory; returns what goes with it."""
    for volume in disk.volumes:
        if volume.root_id == place.node.node_id:
            raise ToolError(f"{place.path} is the root of volume {volume.volume}; it stays where it is")
    check_takes_entries(disk, parent_place(disk, place))
    taken = subtree(disk, place.node)
    for below in taken:
        check_lock(disk, Place(below.node, inside(parent_of(place.path), below.path)))
    return taken


def check_not_inside(place: Place, directory: Place) -> None:
    if inside(directory.path, "").startswith(inside(place.path, "")):
        raise ToolError(f"{directory.path} is inside {place.path}; a directory cannot go into itself")


def check_all_fit(directory: Place, name: str, taken: list[Place]) -> None:
    """Refuses to put a subtree where one of its paths would be too deep or too long."""
    for _, path in outside_archives(taken):
        _, _, rest = path.partition("/")
        check_fits(inside(directory.path, f"{name}/{rest}" if rest else name))


def parent_place(disk: Disk, place: Place) -> Place:
    return Place(disk.nodes.find(place.node.parent_id), parent_of(place.path))


def add_node(
    disk: Disk, directory: Place, name: str, kind: Kind, content: str = "", size: int = 0, permissions: str = "644"
) -> Place:
    """A new entry that belongs to the user and has the group of its directory if the user is in it."""
    user, above = me(disk), directory.node
    group = above.group if above.group in user.groups else user.groups[0]
    node = Node(disk.new_id("NOD"), above.node_id, name, kind, user.user, group, permissions, disk.now, content, size)
    touch(disk, above.node_id)
    return Place(disk.nodes.add(node), inside(directory.path, name))


def move_node(disk: Disk, node: Node, parent_id: str, name: str) -> Node:
    touch(disk, node.parent_id)
    touch(disk, parent_id)
    return disk.nodes.update(disk.nodes.find(node.node_id), parent_id=parent_id, name=name)


def copy_nodes(disk: Disk, taken: list[Place], parent_id: str, name: str) -> Node:
    """Copies a subtree below another node; the copies belong to the user."""
    user, new_ids = me(disk), {taken[0].node.parent_id: parent_id}
    for place in taken:
        node = place.node
        new_ids[node.node_id] = disk.new_id("NOD")
        group = node.group if node.group in user.groups else user.groups[0]
        copied = replace(node, node_id=new_ids[node.node_id], parent_id=new_ids[node.parent_id])
        disk.nodes.add(replace(copied, owner=user.user, group=group, modified=disk.now))
    touch(disk, parent_id)
    return disk.nodes.update(disk.nodes.find(new_ids[taken[0].node.node_id]), name=name)


def drop_nodes(disk: Disk, taken: list[Place]) -> None:
    """Removes a subtree for good, with its locks and saved versions."""
    touch(disk, taken[0].node.parent_id)
    for place in taken:
        node_id = place.node.node_id
        disk.nodes.delete(node_id)
        if node_id in disk.locks:
            disk.locks.delete(node_id)
        for version in disk.versions.where(node_id=node_id):
            disk.versions.delete(version.file_version_id)


def touch(disk: Disk, node_id: str) -> None:
    """A directory changes when its entries do."""
    if node := disk.nodes.get(node_id):
        disk.nodes.update(node, modified=disk.now)


def _root(disk: Disk) -> Place:
    (node,) = disk.nodes.where(parent_id="")
    return Place(node, "/")


def _check_directory(place: Place) -> None:
    if place.node.kind != "directory":
        raise ToolError(f"{place.path} is not a directory but {place.node.kind}")


def _child(disk: Disk, place: Place, name: str) -> Place:
    _check_directory(place)
    check_may(disk, place, "enter")
    for node in disk.nodes.where(parent_id=place.node.node_id, name=name):
        return Place(node, inside(place.path, name))
    raise ToolError(f"no such path: {inside(place.path, name)}")

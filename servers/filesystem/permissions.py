"""Who may do what: permission bits, locks and read-only volumes.

digit of "640"   6 owner, else 4 group, else 0 others       bits   4 read, 2 write, 1 enter (directories)
a file's text    its write bit, and nobody else's lock      an entry   write and enter bits of its directory
"""

from __future__ import annotations

from servers.filesystem.records import Desk, Disk, Lock, Node, Place, Reach, User, Volume
from servers.state import ToolError

BITS: dict[Reach, int] = {"read": 4, "write": 2, "enter": 1}


def desk(disk: Disk) -> Desk:
    (only,) = disk.desks
    return only


def me(disk: Disk) -> User:
    return disk.users.find(desk(disk).user)


def may(disk: Disk, node: Node, reach: Reach) -> bool:
    user = me(disk)
    place = 0 if node.owner == user.user else 1 if node.group in user.groups else 2
    return bool(int(node.permissions[place]) & BITS[reach])


def check_may(disk: Disk, place: Place, reach: Reach) -> None:
    node = place.node
    if not may(disk, node, reach):
        facts = f"it is {letters(node.permissions)} {node.owner}:{node.group}"
        raise ToolError(f"permission denied: you may not {reach} {place.path}, {facts}")


def letters(permissions: str) -> str:
    """ "640" -> "rw-r-----"."""
    bits = [int(digit) & bit for digit in permissions for bit in BITS.values()]
    return "".join(mark if bit else "-" for mark, bit in zip("rwx" * 3, bits, strict=True))


def volume_of(disk: Disk, node: Node) -> Volume:
    """The volume whose root is nearest above a node of the tree."""
    roots = {volume.root_id: volume for volume in disk.volumes}
    while node.node_id not in roots:
        node = disk.nodes.find(node.parent_id)
    return roots[node.node_id]


def check_volume(disk: Disk, place: Place) -> None:
    volume = volume_of(disk, place.node)
    if volume.read_only:
        raise ToolError(f"{place.path} is on the read-only volume {volume.volume}")


def lock_on(disk: Disk, node: Node) -> Lock | None:
    """The lock of a file, if its time is not over."""
    lock = disk.locks.get(node.node_id)
    return lock if lock and lock.until > disk.now else None


def check_lock(disk: Disk, place: Place) -> None:
    lock = lock_on(disk, place.node)
    if lock and lock.user != desk(disk).user:
        raise ToolError(f"{place.path} is locked by {lock.user} until {lock.until}")


def check_writable(disk: Disk, place: Place) -> None:
    """Refuses to change a file, or what is said of an entry, such as its tags."""
    check_volume(disk, place)
    check_may(disk, place, "write")
    check_lock(disk, place)


def check_takes_entries(disk: Disk, directory: Place) -> None:
    """Refuses to add entries to a directory or to take them out."""
    check_volume(disk, directory)
    check_may(disk, directory, "write")
    check_may(disk, directory, "enter")


def check_owned(disk: Disk, place: Place) -> None:
    if place.node.owner != desk(disk).user:
        raise ToolError(f"{place.path} belongs to {place.node.owner}; only its owner sets its permissions")


def is_writable(disk: Disk, node: Node) -> bool:
    lock = lock_on(disk, node)
    free = lock is None or lock.user == desk(disk).user
    return free and may(disk, node, "write") and not volume_of(disk, node).read_only

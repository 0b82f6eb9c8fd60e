"""The tables of the disk, and the types its tools take and give.

A node knows its parent, not its path: moving a directory of any size changes one row.
What lies in the trash hangs below TRASH instead of a directory; what an archive packs hangs below the archive.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NamedTuple

import msgspec

from servers.state import Row, State, Table

AnyPath = Annotated[
    str,
    msgspec.Meta(
        description="file, directory or link, absolute or relative to the current directory, e.g. /team/Finance",
        min_length=1,
        max_length=240,
    ),
]
FilePath = Annotated[
    str,
    msgspec.Meta(
        description="file, absolute or relative to the current directory, e.g. ../Notes/packing_list.txt",
        min_length=1,
        max_length=240,
    ),
]
DirectoryPath = Annotated[
    str,
    msgspec.Meta(
        description="existing directory, absolute or relative; . is the current one, .. the one above, e.g. /projects",
        min_length=1,
        max_length=240,
    ),
]
ArchivePath = Annotated[
    str,
    msgspec.Meta(
        description="zip archive, absolute or relative, e.g. Downloads/field_photos.zip", min_length=1, max_length=240
    ),
]
NewName = Annotated[
    str, msgspec.Meta(description="name without slashes, e.g. budget_2026.csv", min_length=1, max_length=120)
]
TrashEntryId = Annotated[str, msgspec.Meta(description="entry of the trash, e.g. TSH-30417", max_length=20)]
FileVersionId = Annotated[str, msgspec.Meta(description="saved version of a file, e.g. FVR-55120", max_length=20)]
Text = Annotated[str, msgspec.Meta(description="text, lines separated by a line break", max_length=8_000)]
Tag = Annotated[
    str,
    msgspec.Meta(description="short lower-case label, e.g. to-review", pattern=r"^[a-z0-9][a-z0-9-]{0,23}$"),
]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Kind = Literal["directory", "text", "binary", "archive", "link"]
Reach = Literal["read", "write", "enter"]

TRASH = "trash"


class Node(Row, frozen=True):
    node_id: str
    parent_id: str
    """A directory, an archive or TRASH; empty for the root."""
    name: str
    kind: Kind
    owner: str
    group: str
    permissions: str
    """Three octal digits for owner, group and others: "640"."""
    modified: str
    content: str = ""
    """The text of a text file, the target of a link, the fingerprint of a binary file."""
    size: int = 0
    tags: tuple[str, ...] = ()


class User(Row, frozen=True):
    user: str
    name: str
    groups: tuple[str, ...]
    """The first is the group of what the user creates."""


class Desk(Row, frozen=True):
    """Where the signed-in user is, and was before."""

    user: str
    directory_id: str
    history: tuple[str, ...] = ()
    """Directories left, the latest last."""


class Volume(Row, frozen=True):
    """A part of the tree with a quota of its own, from its root directory down to the roots of others."""

    volume: str
    root_id: str
    read_only: bool
    quota: int
    """In bytes."""
    most_entries: int


class Lock(Row, frozen=True):
    node_id: str
    user: str
    until: str


class Trashed(Row, frozen=True):
    trash_entry_id: str
    node_id: str
    path: str
    """Where it was."""
    volume: str
    trashed: str
    size: int
    entries: int


class Version(Row, frozen=True):
    file_version_id: str
    node_id: str
    saved: str
    note: str
    content: str


class Disk(State):
    nodes: Table[Node]
    users: Table[User]
    desks: Table[Desk]
    volumes: Table[Volume]
    locks: Table[Lock]
    trash: Table[Trashed]
    versions: Table[Version]


class Place(NamedTuple):
    """A node and the path at which it lies, without links on the way."""

    node: Node
    path: str


class CurrentDirectory(msgspec.Struct, frozen=True):
    path: str
    entries: int
    previous: list[str]
    """Directories left before, the latest first."""
    user: str
    groups: list[str]
    home: str


class PathRow(msgspec.Struct, frozen=True):
    path: str
    kind: Kind
    size: int
    modified: str


class Listing(msgspec.Struct, frozen=True):
    path: str
    entries: list[PathRow]
    total: int


class Found(msgspec.Struct, frozen=True):
    paths: list[PathRow]
    total: int
    """How many match, of which the first are shown."""


class PathDetails(msgspec.Struct, frozen=True):
    path: str
    kind: Kind
    size: int
    modified: str
    owner: str
    group: str
    permissions: str
    """As digits and letters: "640 rw-r-----"."""
    volume: str
    readable: bool
    """By the signed-in user."""
    writable: bool
    """By the signed-in user: permissions, lock and volume allow it."""
    tags: list[str]
    locked: str
    """By whom and until when, or nothing."""
    target: str
    """Of a link, else nothing."""
    versions: int


class SizeRow(msgspec.Struct, frozen=True):
    name: str
    size: int


class DirectorySize(msgspec.Struct, frozen=True):
    path: str
    size: int
    files: int
    directories: int
    largest: list[SizeRow]


class VolumeRow(msgspec.Struct, frozen=True):
    volume: str
    path: str
    read_only: bool
    used: int
    quota: int
    free: int


class Volumes(msgspec.Struct, frozen=True):
    volumes: list[VolumeRow]


class LineRow(msgspec.Struct, frozen=True):
    path: str
    line: int
    text: str


class FoundLines(msgspec.Struct, frozen=True):
    lines: list[LineRow]
    total: int


class FileText(msgspec.Struct, frozen=True):
    path: str
    text: str
    first_line: int
    last_line: int
    lines: int
    """Of the whole file."""


class FileCount(msgspec.Struct, frozen=True):
    path: str
    lines: int
    words: int
    characters: int
    matching: int
    """Lines with the wanted text; all lines if none was wanted."""


class Checksum(msgspec.Struct, frozen=True):
    path: str
    algorithm: str
    checksum: str


class Comparison(msgspec.Struct, frozen=True):
    identical: bool
    same_lines: int
    only_in_first: list[str]
    only_in_second: list[str]
    """At most the first eight of each."""
    more: int
    """Differing lines not shown."""


class EditedFile(msgspec.Struct, frozen=True):
    path: str
    lines: int
    size: int
    changed: int
    """Lines added, or places changed."""


class NewPath(msgspec.Struct, frozen=True):
    path: str
    kind: Kind
    size: int


class MovedPath(msgspec.Struct, frozen=True):
    path: str
    moved_from: str
    entries: int


class CopiedPath(msgspec.Struct, frozen=True):
    path: str
    copied_from: str
    entries: int
    size: int


class DeletedPath(msgspec.Struct, frozen=True):
    path: str
    freed: int


class PathPermissions(msgspec.Struct, frozen=True):
    path: str
    owner: str
    group: str
    permissions: str


class TrashedPath(msgspec.Struct, frozen=True):
    trash_entry_id: str
    path: str
    trashed: str
    size: int


class TrashedPaths(msgspec.Struct, frozen=True):
    entries: list[TrashedPath]
    total: int
    size: int
    """Of everything in the trash; it counts against the quota until it is purged."""


class PurgedTrash(msgspec.Struct, frozen=True):
    purged: int
    freed: int


class FileLock(msgspec.Struct, frozen=True):
    path: str
    locked_by: str
    until: str


class ArchiveEntry(msgspec.Struct, frozen=True):
    name: str
    kind: Kind
    size: int


class ArchiveContents(msgspec.Struct, frozen=True):
    path: str
    entries: list[ArchiveEntry]
    total: int


class PackedArchive(msgspec.Struct, frozen=True):
    path: str
    entries: int
    size: int
    unpacked_size: int


class UnpackedArchive(msgspec.Struct, frozen=True):
    path: str
    created: list[str]
    entries: int
    size: int


class PathTags(msgspec.Struct, frozen=True):
    path: str
    tags: list[str]


class FileVersion(msgspec.Struct, frozen=True):
    file_version_id: str
    path: str
    saved: str
    note: str
    lines: int


class FileVersions(msgspec.Struct, frozen=True):
    versions: list[FileVersion]
    total: int

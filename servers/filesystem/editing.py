"""Tools that change the text of files, and the saved versions a text can be brought back from."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.filesystem.paths import inside, written
from servers.filesystem.permissions import check_takes_entries, check_writable, may
from servers.filesystem.quota import check_room
from servers.filesystem.reading import lines_of
from servers.filesystem.records import (
    DirectoryPath,
    Disk,
    EditedFile,
    FilePath,
    FileVersion,
    FileVersionId,
    FileVersions,
    NewName,
    Place,
    Text,
    Version,
)
from servers.filesystem.searching import Limit
from servers.filesystem.tree import (
    add_node,
    check_free,
    directory_at,
    names_of,
    parent_place,
    readable_text,
    text_at,
)
from servers.state import ToolError
from servers.tool import reads, writes

IfExists = Annotated[
    Literal["refuse", "overwrite"], Meta(description="what to do if a text file of that name is there, e.g. overwrite")
]
Line = Annotated[int, Meta(description="line before which the text goes, counted from 1, e.g. 3", ge=1, le=100_000)]
OldText = Annotated[
    str, Meta(description="text to replace, in exactly these letters, e.g. 14 March", min_length=1, max_length=400)
]
NewText = Annotated[str, Meta(description="text to put in its place, e.g. 21 March", max_length=400)]
Direction = Annotated[Literal["ascending", "descending"], Meta(description="which way to sort, e.g. descending")]
FirstLine = Annotated[
    Literal["sorted", "kept"], Meta(description="kept leaves the first line on top, as for a table's header")
]
VersionNote = Annotated[str, Meta(description="what the version is, e.g. before the review", max_length=80)]

LARGEST_TEXT = 20_000
MOST_VERSIONS = 10


@writes
def create_text_file(
    disk: Disk, directory: DirectoryPath, name: NewName, text: Text, if_exists: IfExists = "refuse"
) -> EditedFile:
    """Write a new text file in a directory, e.g. name="agenda.txt"; one that exists is replaced only if asked for."""
    place = directory_at(disk, directory)
    if if_exists == "overwrite" and disk.nodes.where(parent_id=place.node.node_id, name=name):
        return _rewrite(disk, text_at(disk, inside(place.path, name)), _clean(text))
    check_takes_entries(disk, place)
    check_free(disk, place, name)
    text = _clean(text)
    check_room(disk, place.node, _size(text), 1)
    created = add_node(disk, place, name, "text", text, _size(text))
    return EditedFile(created.path, len(lines_of(text)), _size(text), len(lines_of(text)))


@writes
def append_file_text(disk: Disk, path: FilePath, text: Text) -> EditedFile:
    """Add lines at the end of a text file the user may write, e.g. text="Call the printer"."""
    place = text_at(disk, path)
    return _insert(disk, place, len(lines_of(place.node.content)), text)


@writes
def insert_file_lines(disk: Disk, path: FilePath, line: Line, text: Text) -> EditedFile:
    """Insert lines before a line of a text file; line 1 is the top, e.g. line=3, text="Budget: open"."""
    place = text_at(disk, path)
    if line > len(lines_of(place.node.content)) + 1:
        raise ToolError(f"{place.path} has only {len(lines_of(place.node.content))} lines")
    return _insert(disk, place, line - 1, text)


@writes
def replace_file_text(disk: Disk, path: FilePath, old_text: OldText, new_text: NewText) -> EditedFile:
    """Replace a text everywhere in a file; it must occur, capitals count, e.g. old_text="March", new_text="April"."""
    place = readable_text(disk, path)
    count = place.node.content.count(old_text)
    if not count:
        raise ToolError(f"{place.path} does not contain that text")
    if old_text == new_text:
        raise ToolError("old and new text are the same")
    edited = _rewrite(disk, place, place.node.content.replace(old_text, _clean(new_text)))
    return EditedFile(edited.path, edited.lines, edited.size, count)


@writes(idempotent=True)
def sort_file_lines(
    disk: Disk, path: FilePath, direction: Direction = "ascending", first_line: FirstLine = "sorted"
) -> EditedFile:
    """Sort the lines of a text file in place, ignoring case, e.g. direction="descending", first_line="kept"."""
    place = readable_text(disk, path)
    lines = lines_of(place.node.content)
    top = 1 if first_line == "kept" else 0
    ordered = sorted(lines[top:], key=lambda line: (line.casefold(), line), reverse=direction == "descending")
    changed = sum(before != after for before, after in zip(lines[top:], ordered, strict=True))
    edited = _rewrite(disk, place, "\n".join(lines[:top] + ordered))
    return EditedFile(edited.path, edited.lines, edited.size, changed)


@writes
def save_file_version(disk: Disk, path: FilePath, note: VersionNote = "") -> FileVersion:
    """Keep the present text of a file as a version to go back to; of one file the latest ten are kept."""
    place = readable_text(disk, path)
    check_writable(disk, place)
    check_room(disk, place.node, place.node.size)
    known = disk.versions.where(node_id=place.node.node_id)
    if len(known) >= MOST_VERSIONS:
        disk.versions.delete(min(known, key=_age).file_version_id)
    saved = Version(disk.new_id("FVR"), place.node.node_id, disk.now, _clean(note), place.node.content)
    return _version(disk.versions.add(saved), place.path)


@reads
def list_file_versions(disk: Disk, path: FilePath | None = None, limit: Limit = 5) -> FileVersions:
    """List saved versions, newest first, of one text file or of all the user may read, with date and note."""
    if path is None:
        rows = [_version(row, where) for row in disk.versions if (where := _readable_path(disk, row))]
    else:
        place = readable_text(disk, path)
        rows = [_version(row, place.path) for row in disk.versions.where(node_id=place.node.node_id)]
    newest = sorted(rows, key=lambda row: (row.saved, row.file_version_id), reverse=True)
    return FileVersions(newest[:limit], len(newest))


@writes(destructive=True)
def restore_file_version(disk: Disk, file_version_id: FileVersionId) -> EditedFile:
    """Bring a file back to the text of a saved version, e.g. file_version_id="FVR-55120"; its present text is lost."""
    version = disk.versions.get(file_version_id)
    if version is None:
        raise ToolError(f"no file version {file_version_id}")
    names = names_of(disk, disk.nodes.find(version.node_id))
    if names is None:
        raise ToolError(f"the file of {file_version_id} is in the trash")
    return _rewrite(disk, text_at(disk, written(names)), version.content)


def _insert(disk: Disk, place: Place, at: int, text: str) -> EditedFile:
    lines, new = lines_of(place.node.content), _clean(text).split("\n")
    edited = _rewrite(disk, place, "\n".join([*lines[:at], *new, *lines[at:]]))
    return EditedFile(edited.path, edited.lines, edited.size, len(new))


def _rewrite(disk: Disk, place: Place, text: str) -> EditedFile:
    """Gives a text file another text, if the user may write it and the volume has room."""
    check_writable(disk, place)
    if len(text) > LARGEST_TEXT:
        raise ToolError(f"{place.path} would have {len(text)} characters, at most {LARGEST_TEXT}")
    check_room(disk, parent_place(disk, place).node, _size(text) - place.node.size)
    disk.nodes.update(place.node, content=text, size=_size(text), modified=disk.now)
    return EditedFile(place.path, len(lines_of(text)), _size(text), len(lines_of(text)))


def _clean(text: str) -> str:
    """Text as it is stored: lines end in a line break, the last one in nothing."""
    if any(mark < " " and mark not in "\r\n\t" or "\ud800" <= mark <= "\udfff" for mark in text):
        raise ToolError("the text has control characters that a text file cannot hold")
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")


def _size(text: str) -> int:
    return len(text.encode())


def _readable_path(disk: Disk, version: Version) -> str:
    """Where the file of a version is; nothing if it is in the trash or may not be read."""
    node = disk.nodes.find(version.node_id)
    names = names_of(disk, node)
    return written(names) if names is not None and may(disk, node, "read") else ""


def _version(version: Version, path: str) -> FileVersion:
    lines = len(lines_of(version.content))
    return FileVersion(version.file_version_id, path, version.saved, version.note, lines)


def _age(version: Version) -> tuple[str, str]:
    return version.saved, version.file_version_id

"""Tools that find paths by what they are called, what they say, how large, how new or how tagged they are."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.filesystem.navigating import Limit, OnlyKind, Order, in_order
from servers.filesystem.paths import extension as extension_of
from servers.filesystem.paths import name_of, plain
from servers.filesystem.permissions import check_may, desk, lock_on, may
from servers.filesystem.records import Day, DirectoryPath, Disk, Found, FoundLines, LineRow, Place, Tag
from servers.filesystem.tree import directory_at, row_of, walk
from servers.tool import reads

Under = DirectoryPath
NamePart = Annotated[
    str, Meta(description="name or part of it; _ and - count as spaces, e.g. budget 2025", min_length=1, max_length=64)
]
TextPart = Annotated[str, Meta(description="text to look for, e.g. delivery date", min_length=2, max_length=80)]
Extension = Annotated[
    str, Meta(description="what the name ends in, without the dot, e.g. csv", pattern=r"^[A-Za-z0-9]{1,8}$")
]
Kilobytes = Annotated[float, Meta(description="kilobytes of 1000 bytes, e.g. 500", ge=0, le=10_000_000)]
Locked = Annotated[
    Literal["by_me", "by_others"], Meta(description="only files that are locked now, and by whom, e.g. by_me")
]

LONGEST_LINE = 90


@reads
def find_paths_by_name(
    disk: Disk, name: NamePart, kind: OnlyKind | None = None, under: Under = "/", limit: Limit = 8
) -> Found:
    """Find files, directories and links by name or part of it, ignoring case, anywhere or below a directory."""
    wanted = plain(name)
    places = [place for place in _below(disk, under) if wanted in plain(place.node.name)]
    places = [place for place in places if kind in (None, place.node.kind)]
    exact_first = sorted(places, key=lambda place: wanted not in _forms(place))
    return Found([row_of(place) for place in exact_first[:limit]], len(places))


@reads
def search_file_contents(
    disk: Disk, text: TextPart, under: Under = "/", extension: Extension | None = None, limit: Limit = 8
) -> FoundLines:
    """Find the lines of readable text files that contain a text, ignoring case, e.g. text="delivery date"."""
    wanted = text.casefold()
    found = [
        LineRow(place.path, number, line.strip()[:LONGEST_LINE])
        for place in _below(disk, under)
        if place.node.kind == "text" and wanted in place.node.content.casefold()
        if _ends_in(place, extension) and may(disk, place.node, "read")
        for number, line in enumerate(place.node.content.split("\n"), 1)
        if wanted in line.casefold()
    ]
    return FoundLines(found[:limit], len(found))


@reads
def find_paths_by_property(
    disk: Disk,
    tag: Tag | None = None,
    extension: Extension | None = None,
    larger_than_kb: Kilobytes | None = None,
    smaller_than_kb: Kilobytes | None = None,
    modified_after: Day | None = None,
    modified_before: Day | None = None,
    locked: Locked | None = None,
    under: Under = "/",
    order: Order = "name",
    limit: Limit = 8,
) -> Found:
    """Find files by extension, size, day of change (both included) or lock, and anything by tag; sorted as asked."""
    places = [place for place in _below(disk, under) if tag is None or tag in place.node.tags]
    if tag is None:
        places = [place for place in places if place.node.kind != "directory"]
    if extension is not None:
        places = [place for place in places if _ends_in(place, extension)]
    if larger_than_kb is not None:
        places = [place for place in places if place.node.size > larger_than_kb * 1000]
    if smaller_than_kb is not None:
        places = [place for place in places if place.node.size < smaller_than_kb * 1000]
    if modified_after is not None:
        places = [place for place in places if place.node.modified[:10] >= modified_after.isoformat()]
    if modified_before is not None:
        places = [place for place in places if place.node.modified[:10] <= modified_before.isoformat()]
    if locked is not None:
        places = [place for place in places if _locked(disk, place) == locked]
    return Found(in_order([row_of(place) for place in places], order)[:limit], len(places))


def _below(disk: Disk, under: str) -> list[Place]:
    top = directory_at(disk, under)
    check_may(disk, top, "read")
    return list(walk(disk, top))


def _forms(place: Place) -> tuple[str, str]:
    """A name in full and without its extension, as searches compare them."""
    name = plain(name_of(place.path))
    return name, name.removesuffix(f".{extension_of(name)}")


def _ends_in(place: Place, extension: str | None) -> bool:
    return extension is None or extension_of(place.node.name) == extension.lower()


def _locked(disk: Disk, place: Place) -> str:
    lock = lock_on(disk, place.node)
    return "" if lock is None else "by_me" if lock.user == desk(disk).user else "by_others"

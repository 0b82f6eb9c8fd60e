"""How a member names paths: in full, as they stand in the current directory, or by words that a search finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]

TEXT_ENDS = ["md", "md", "txt", "txt", "csv", "csv", "py", "sh", "yaml", "sql", "log"]
OTHER_ENDS = ["pdf", "jpg", "png"]
TRIES = 14


def exact(text: str) -> Reference:
    """A text said exactly as it is, underscores and all."""
    return Reference("text", text, (text,))


def text_file(
    look: Look, fits: Fits, ends: Sequence[str] = TEXT_ENDS, rows: Sequence[Arguments] | None = None
) -> Reference:
    """A text file with such details, that was mentioned, lies near, or has one of these extensions."""
    rows = _shuffled(look, rows) if rows else _candidates(look, ends)
    return _chosen(look, "file", lambda row: row["kind"] == "text" and fits(row), rows)


def file(look: Look, fits: Fits, rows: Sequence[Arguments] | None = None) -> Reference:
    ends = OTHER_ENDS if look.chance(0.3) else TEXT_ENDS
    rows = _shuffled(look, rows) if rows else _candidates(look, ends)
    return _chosen(look, "file", lambda row: row["kind"] != "directory" and fits(row), rows)


def archive(look: Look) -> Reference:
    rows = look("find_paths_by_property", extension="zip", limit=50)["paths"]
    return _chosen(look, "archive", lambda row: row["kind"] == "archive" and row["readable"], _shuffled(look, rows))


def directory(look: Look, fits: Fits) -> Reference:
    """A directory with such details: the current one, or one below a part of the tree, or below the home directory."""
    where = look("get_current_directory")
    if look.chance(0.12) and fits(look("get_path_details", path=where["path"])):
        return Reference("directory", ".", ("the current directory", "this directory"))
    letter = look.choose("aeiorst")
    rows: list[Arguments] = []
    for top in (look.choose([where["path"], where["home"], "/team", "/projects", "/"]), where["home"]):
        found = look("find_paths_by_name", name=letter, kind="directory", under=top, limit=50)["paths"]
        rows += _shuffled(look, found)
    return _chosen(look, "directory", lambda row: row["kind"] == "directory" and fits(row), rows)


def entry(look: Look) -> Reference:
    """A file or a directory that the member may read."""
    if look.chance(0.3):
        return directory(look, lambda row: row["readable"])
    return file(look, lambda row: row["readable"])


def free_name(look: Look, where: Reference, names: Sequence[str]) -> Reference:
    """One of these names that nothing in a directory has."""
    prefix = f"{where.id}/" if where.id != "/" else "/"
    name = look.choose(name for name in look.rng.sample(names, 3) if not look("get_path_details", path=prefix + name))
    return exact(name)


def trash_entry(look: Look) -> Reference:
    """An entry of the trash that can go back to where it was: by number, or by name."""
    rows = {row["trash_entry_id"]: row for row in look("list_trashed_paths", limit=50)["entries"]}
    known = look.recall("trash_entry")
    if known and known.id in rows and _can_return(look, rows[known.id]):
        return known
    row = look.choose(row for row in rows.values() if _can_return(look, row))
    number, name = row["trash_entry_id"], _name(row)
    words = name.partition(".")[0].replace("_", " ")
    alone = look("list_trashed_paths", name=words)["total"] == 1
    if look.chance(0.25) or not alone:
        return Reference("trash_entry", number, (f"trash entry {number}", number), row=row)
    says = (f"the {words} I threw away", f"the deleted {words}")
    return Reference(
        "trash_entry", number, says, (Lookup("list_trashed_paths", {"name": words}),), "trash_entry_id", row
    )


def version(look: Look) -> Reference:
    """A saved version that can be brought back: by number, or as the latest or the one noted so of a file."""
    rows = {row["file_version_id"]: row for row in look("list_file_versions", limit=50)["versions"]}
    known = look.recall("file_version")
    if known and known.id in rows and _is_writable(look, rows[known.id]):
        return known
    row = look.choose(row for row in rows.values() if _is_writable(look, row))
    number, path = row["file_version_id"], row["path"]
    if look.chance(0.25):
        return Reference("file_version", number, (f"version {number}", f"the saved version {number}"), row=row)
    listed = look("list_file_versions", path=path)["versions"]
    notes = [other["note"] for other in listed]
    if notes.count(row["note"]) > 1 or row["note"] == "":
        raise NothingToAsk
    last = Lookup("list_file_versions", {"path": path})
    if look.chance(0.4) or look("find_paths_by_name", name=_name(row))["total"] > 1:
        says = (f"the version '{row['note']}' of {path}",)
        return Reference("file_version", number, says, (last,), "file_version_id", row)
    says = (f"the version '{row['note']}' of the file called {_name(row)}",)
    first = Lookup("find_paths_by_name", {"name": _name(row)})
    return Reference("file_version", number, says, (first, last), "file_version_id", row)


def _candidates(look: Look, ends: Sequence[str]) -> list[Arguments]:
    """Files of the current directory, or of one extension in one part of the tree, and then in the home directory."""
    where = look("get_current_directory")
    if look.chance(0.3):
        near = [row for row in look("list_directory", limit=50)["entries"] if row["kind"] != "directory"]
        near = [row for row in near if row["path"].rpartition(".")[2] in ends]
        if near:
            return _shuffled(look, near)
    top = look.choose([where["home"], "/team", "/projects", "/"])
    rows = look("find_paths_by_property", extension=look.choose(ends), under=top, limit=50)["paths"]
    own = look("find_paths_by_property", under=where["home"], limit=50)["paths"]
    own = [row for row in own if row["path"].rpartition(".")[2] in ends]
    return _shuffled(look, rows) + _shuffled(look, own)


def _shuffled(look: Look, rows: Sequence[Arguments]) -> list[Arguments]:
    return look.rng.sample(list(rows), min(TRIES, len(rows)))


def _chosen(look: Look, kind: str, fits: Fits, rows: Iterable[Arguments]) -> Reference:
    """What was mentioned before if it fits, else the first of the rows that does, in one of the ways to name it."""
    known = look.recall(kind)
    if known and known.id:
        details = look("get_path_details", path=known.id)
        if details and details["path"] == known.row.get("path") and fits(details):
            return known
    for row in rows:
        details = look("get_path_details", path=row["path"])
        if details and fits(details):
            return _named(look, kind, details)
    raise NothingToAsk


def _named(look: Look, kind: str, row: Arguments) -> Reference:
    """By its place in the current directory, by what can be looked up, or by the full path."""
    here = look("get_current_directory")["path"]
    path = row["path"]
    if path.startswith(f"{here}/") and look.chance(0.6):
        near = path.removeprefix(f"{here}/")
        return Reference(kind, near, (near,), row=row)
    if look.chance(0.4) and (found := _by_directory(look, kind, row)):
        return found
    if look.chance(0.7):
        ways = [_by_name, _by_name, _by_title, _by_text, _by_tag, _by_what_it_holds]
        for way in look.rng.sample(ways, len(ways)):
            if found := way(look, kind, row):
                return found
    return Reference(kind, path, (path, f"the {kind} {path}"), row=row)


def _by_name(look: Look, kind: str, row: Arguments) -> Reference | None:
    """Its name, and where several have it the directory above."""
    name, above = _name(row), row["path"].split("/")[-2]
    search = {"name": name, "kind": "directory"} if kind == "directory" else {"name": name}
    found = look("find_paths_by_name", **search)
    same = [other["path"] for other in found["paths"] if _name(other) == name]
    if row["path"] not in same or found["total"] > len(found["paths"]):
        return None
    path = (Lookup("find_paths_by_name", search),)
    if len(same) == 1:
        return Reference(kind, row["path"], (f"the {kind} called {name}", f"the {kind} named {name}"), path, "", row)
    if not above or [other.split("/")[-2] for other in same].count(above) > 1:
        return None
    return Reference(kind, row["path"], (f"{name} in {above}", f"{name} from the {above} directory"), path, "", row)


def _by_title(look: Look, kind: str, row: Arguments) -> Reference | None:
    """The words of its name: "the supplier report 2025"."""
    words = _name(row).partition(".")[0].replace("_", " ").replace("-", " ")
    found = look("find_paths_by_name", name=words)
    if kind == "directory" or " " not in words or found["total"] > 1:
        return None
    says = (f"the {words} {kind}", f"my {words} {kind}")
    return Reference(kind, row["path"], says, (Lookup("find_paths_by_name", {"name": words}),), "", row)


def _by_text(look: Look, kind: str, row: Arguments) -> Reference | None:
    """Something that only this file says."""
    if row["kind"] != "text" or not row["readable"]:
        return None
    words = look("read_file_text", path=row["path"])["text"].split("\n")[-1].split()
    phrase = " ".join(words[-4:])
    if not 8 <= len(phrase) <= 60 or "'" in phrase or look("search_file_contents", text=phrase)["total"] != 1:
        return None
    says = (f"the file that says '{phrase}'", f"the file with the words '{phrase}'")
    return Reference(kind, row["path"], says, (Lookup("search_file_contents", {"text": phrase}),), "", row)


def _by_tag(look: Look, kind: str, row: Arguments) -> Reference | None:
    for tag in row["tags"]:
        if look("find_paths_by_property", tag=tag)["total"] == 1:
            says = (f"the {kind} tagged {tag}", f"the {kind} with the tag {tag}")
            return Reference(kind, row["path"], says, (Lookup("find_paths_by_property", {"tag": tag}),), "", row)
    return None


def _by_directory(look: Look, kind: str, row: Arguments) -> Reference | None:
    """A file by its directory, which is found first: the only one of its sort there, the newest or the largest."""
    above = row["path"].rpartition("/")[0]
    holder = _holder(look, above) if kind != "directory" and above else None
    if holder is None:
        return None
    end = row["path"].rpartition(".")[2]
    said, first = holder
    if end.isalnum() and look("find_paths_by_property", extension=end, under=above)["total"] == 1:
        says = (f"the {end} file in {said}", f"the only {end} file in {said}")
        last = Lookup("find_paths_by_property", {"extension": end, "under": above})
        return Reference(kind, row["path"], says, (first, last), "", row)
    for order, value in (("newest", "modified"), ("largest", "size")):
        rows = look("list_directory", path=above, order=order)["entries"]
        if rows[0]["path"] == row["path"] and all(other[value] != row[value] for other in rows[1:]):
            says = (f"the {order} file in {said}", f"the {order} file of {said}")
            last = Lookup("list_directory", {"path": above, "order": order})
            return Reference(kind, row["path"], says, (first, last), "", row)
    return None


def _holder(look: Look, path: str) -> tuple[str, Lookup] | None:
    """How a directory is called if no other is called so, and the search that finds it."""
    name = path.rpartition("/")[2]
    search = {"name": name, "kind": "directory"}
    if look("find_paths_by_name", **search)["total"] == 1:
        return f"the {name} directory", Lookup("find_paths_by_name", search)
    return None


def _by_what_it_holds(look: Look, kind: str, row: Arguments) -> Reference | None:
    """A directory by a file in it whose name no other has."""
    if kind != "directory" or not row["readable"]:
        return None
    for other in look("list_directory", path=row["path"])["entries"]:
        name = _name(other)
        if other["kind"] != "directory" and look("find_paths_by_name", name=name)["total"] == 1:
            says = (f"the directory that holds {name}", f"the directory with {name} in it")
            return Reference(kind, row["path"], says, (Lookup("find_paths_by_name", {"name": name}),), "", row)
    return None


def _can_return(look: Look, row: Arguments) -> bool:
    above = look("get_path_details", path=row["path"].rpartition("/")[0] or "/")
    return bool(above) and above["writable"] and not look("get_path_details", path=row["path"])


def _is_writable(look: Look, row: Arguments) -> bool:
    return look("get_path_details", path=row["path"])["writable"]


def _name(row: Arguments) -> str:
    return row["path"].rpartition("/")[2]

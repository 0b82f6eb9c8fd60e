"""What a member would ask of this disk now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from msgspec.structs import replace

from servers.filesystem.material import NOUNS, PLACES, SUBJECTS, THINGS, VERBS, VERSION_NOTES
from servers.filesystem.naming import (
    Arguments,
    archive,
    directory,
    entry,
    exact,
    file,
    free_name,
    text_file,
    trash_entry,
    version,
)
from servers.probe import Look, NothingToAsk, Reference

FILE_BITS = ["600", "640", "644", "660", "664", "444"]
DIRECTORY_BITS = ["700", "750", "755", "770", "775"]
NEW_TAGS = ["urgent", "to-review", "draft", "reference", "personal", "signed", "waiting", "on-hold", "shared"]
TABLE_ENDS = ["csv", "txt", "log"]


def get_current_directory(look: Look) -> Arguments:
    return {}


def change_directory(look: Look) -> Arguments:
    here = look("get_current_directory")["path"]
    if look.chance(0.1) and here != "/":
        return {"path": Reference("directory", "..", ("the parent directory", "the directory above this one"))}
    return {"path": directory(look, lambda row: row["readable"] and row["path"] != here)}


def return_to_previous_directory(look: Look) -> Arguments:
    visited = len(look("get_current_directory")["previous"])
    if not visited:
        raise NothingToAsk
    return {"steps": look.rng.randrange(1, min(visited, 3) + 1)}


def list_directory(look: Look) -> Arguments:
    if look.chance(0.25):
        return {"order": look.choose(["newest", "largest"])}
    arguments: Arguments = {"path": directory(look, _readable), "order": look.choose(["newest", "largest"])}
    if look.chance(0.4):
        return arguments | {"kind": look.choose(["directory", "text", "binary"])}
    return arguments | {"limit": look.choose([3, 4, 6, 8, 10])} if look.chance(0.2) else arguments


def get_path_details(look: Look) -> Arguments:
    return {"path": entry(look)}


def measure_directory_size(look: Look) -> Arguments:
    return {"path": directory(look, _readable)}


def list_storage_volumes(look: Look) -> Arguments:
    return {}


def find_paths_by_name(look: Look) -> Arguments:
    name = look.choose(
        [*SUBJECTS, *NOUNS, "budget", "expenses", "todo", "draft", "letter", "inventory", "packing list"]
    )
    if look.chance(0.2):
        return {"name": name, "kind": look.choose(["directory", "text", "archive"])}
    if look.chance(0.4):
        return {"name": name}
    return {"name": name, "under": directory(look, _readable)}


def search_file_contents(look: Look) -> Arguments:
    text = look.choose(THINGS).removeprefix("the ")
    if look.chance(0.4):
        return {"text": text, "under": directory(look, _readable)}
    return {"text": text, "extension": look.choose(["md", "txt"])} if look.chance(0.4) else {"text": text}


def find_paths_by_property(look: Look) -> Arguments:
    extension = look.choose(["pdf", "jpg", "png", "csv", "md", "zip"])
    day = date.fromisoformat(_newest(look)[:10]) - timedelta(days=look.rng.randrange(3, 60))
    return look.choose(
        [
            {"tag": look.choose(NEW_TAGS[:7])},
            {"locked": look.choose(["by_me", "by_others"])},
            {"extension": extension, "larger_than_kb": look.choose([100, 250, 500, 1000, 2000])},
            {"extension": extension, "smaller_than_kb": look.choose([5, 20, 50, 200])},
            {
                "extension": extension,
                "under": directory(look, _readable),
                "order": look.choose(["newest", "largest"]),
            },
            {"larger_than_kb": look.choose([500, 1500, 3000, 5000]), "under": directory(look, _readable)},
            {"modified_after": day.isoformat(), "extension": extension},
            {"modified_before": (day - timedelta(days=200)).isoformat(), "under": directory(look, _readable)},
        ]
    )


def read_file_text(look: Look) -> Arguments:
    path = text_file(look, _readable)
    lines = _lines(look, path)
    if look.chance(0.5) or lines < 4:
        return {"path": path}
    first = look.choose([1, 1, look.rng.randrange(1, lines - 1)])
    return {"path": path, "first_line": first, "last_line": look.rng.randrange(first + 1, lines + 1)}


def read_last_lines(look: Look) -> Arguments:
    return {"path": text_file(look, _readable), "lines": look.rng.randrange(2, 9)}


def count_file_lines(look: Look) -> Arguments:
    path = text_file(look, _readable)
    return {"path": path, "containing": _word(look, path)} if look.chance(0.5) else {"path": path}


def compute_file_checksum(look: Look) -> Arguments:
    return {"path": file(look, _readable), "algorithm": look.choose(["sha256", "md5", "crc32"])}


def compare_files(look: Look) -> Arguments:
    """Mostly two files that are easily taken for each other."""
    mark = look.choose(["v2", "final", "draft", "old", "copy"])
    rows = look("find_paths_by_name", name=mark, kind="text", limit=50)["paths"]
    first = text_file(look, lambda row: row["readable"] and bool(_alike(look, row["path"])), rows=rows)
    second = look.choose(_alike(look, _path(look, first)))
    return {
        "path": _apart(look, first, "first_file"),
        "other_path": Reference("second_file", second, (second, f"the file {second}"), row={"path": second}),
    }


def create_text_file(look: Look) -> Arguments:
    where = directory(look, _takes_entries)
    name = free_name(look, where, [f"{subject}_{word}.txt" for subject in SUBJECTS for word in ("notes", "agenda")])
    arguments: Arguments = {"directory": where, "name": name, "text": _sentence(look)}
    return arguments | {"if_exists": "overwrite"} if look.chance(0.15) else arguments


def append_file_text(look: Look) -> Arguments:
    return {"path": text_file(look, _writable), "text": _sentence(look)}


def insert_file_lines(look: Look) -> Arguments:
    path = text_file(look, _writable)
    return {"path": path, "line": look.rng.randrange(1, _lines(look, path) + 1), "text": _sentence(look)}


def replace_file_text(look: Look) -> Arguments:
    path = text_file(look, _writable)
    old = _word(look, path)
    new = look.choose([*PLACES, *NOUNS, "Monday", "room 14", "to be confirmed", "cancelled"])
    if new == old.id:
        raise NothingToAsk
    return {"path": path, "old_text": old, "new_text": new}


def sort_file_lines(look: Look) -> Arguments:
    path = text_file(look, _writable, TABLE_ENDS)
    arguments: Arguments = {"path": path, "direction": look.choose(["ascending", "descending"])}
    return arguments | {"first_line": "kept"} if look.chance(0.5) else arguments


def create_directory(look: Look) -> Arguments:
    where = directory(look, _takes_entries)
    names = [f"{subject}{end}" for subject in SUBJECTS for end in ("", " 2026", "_files", "-old")]
    return {"directory": _apart(look, where, "enclosing_directory"), "name": free_name(look, where, names)}


def create_symbolic_link(look: Look) -> Arguments:
    where = directory(look, _takes_entries)
    names = ["latest", "shortcut", "current-version", "see_here", "quick-link", "shared", "main", "to-finish"]
    target = entry(look)
    if target.kind == where.kind:
        target = _apart(look, target, "target_directory")
    return {"directory": where, "name": free_name(look, where, names), "target": target}


def copy_path(look: Look) -> Arguments:
    path = file(look, lambda row: row["readable"] and row["size"] < 700_000)
    arguments = {"path": _apart(look, path, "original"), "directory": _destination(look, path)}
    if look.chance(0.7):
        return arguments
    names = [f"copy_of_{subject}.{_path(look, path).rpartition('.')[2]}" for subject in SUBJECTS]
    return arguments | {"new_name": free_name(look, arguments["directory"], names)}


def move_path(look: Look) -> Arguments:
    path = _removable(look, lambda row: row["size"] < 700_000)
    return {"path": path, "directory": _destination(look, path)}


def rename_path(look: Look) -> Arguments:
    path = _removable(look)
    where, _, name = _path(look, path).rpartition("/")
    stem, dot, end = name.rpartition(".")
    stems = [f"{subject}_{word}" for subject in SUBJECTS for word in ("final", "2026", "archived")]
    names = [f"{new}{dot}{end}" if stem else new for new in stems]
    return {"path": path, "new_name": free_name(look, Reference("directory", where, (where,)), names)}


def delete_path_permanently(look: Look) -> Arguments:
    return {"path": _removable(look)}


def set_path_permissions(look: Look) -> Arguments:
    here = look("get_current_directory")
    of = directory if look.chance(0.2) else file
    path = of(look, lambda row: row["owner"] == here["user"] and row["volume"] != "past")
    is_directory = look("get_path_details", path=path.id)["kind"] == "directory"
    arguments: Arguments = {"path": path, "permissions": look.choose(DIRECTORY_BITS if is_directory else FILE_BITS)}
    return arguments | {"group": look.choose(here["groups"])} if look.chance(0.4) else arguments


def tag_path(look: Look) -> Arguments:
    path = file(look, lambda row: row["writable"] and len(row["tags"]) < 6)
    tags = look("get_path_details", path=path.id)["tags"]
    return {"path": path, "tag": look.choose(tag for tag in NEW_TAGS if tag not in tags)}


def lock_file(look: Look) -> Arguments:
    return {"path": file(look, _writable), "minutes": look.choose([15, 30, 45, 60, 90, 120, 240])}


def unlock_file(look: Look) -> Arguments:
    user = look("get_current_directory")["user"]
    mine = look("find_paths_by_property", locked="by_me", limit=50)["paths"]
    return {"path": file(look, lambda row: row["locked"].startswith(f"by {user} "), mine)}


def trash_path(look: Look) -> Arguments:
    return {"path": _removable(look)}


def list_trashed_paths(look: Look) -> Arguments:
    if look.chance(0.3):
        return {}
    row = look.choose(look("list_trashed_paths", limit=50)["entries"])
    return {"name": look.choose(row["path"].rpartition("/")[2].partition(".")[0].replace("_", " ").split())}


def restore_trashed_path(look: Look) -> Arguments:
    trashed = trash_entry(look)
    if look.chance(0.8):
        return {"trash_entry_id": trashed}
    name = trashed.row["path"].rpartition("/")[2]

    def is_free(row: Arguments) -> bool:
        return row["writable"] and not look("get_path_details", path=f"{row['path']}/{name}")

    return {"trash_entry_id": trashed, "directory": directory(look, is_free)}


def purge_trash(look: Look) -> Arguments:
    trashed = min((row["trashed"] for row in look("list_trashed_paths", limit=50)["entries"]), default="")
    if not trashed:
        raise NothingToAsk
    age = (date.fromisoformat(_newest(look)[:10]) - date.fromisoformat(trashed[:10])).days
    return {"older_than_days": look.choose(days for days in (3, 7, 14, 21, 30, 45, 60) if days < age)}


def pack_archive(look: Look) -> Arguments:
    of = directory if look.chance(0.5) else text_file
    path = of(look, lambda row: row["readable"] and _packable(look, row))
    where = Reference("directory", _path(look, path).rpartition("/")[0] or "/", ())
    names = [f"{word}-{end}.zip" for word in SUBJECTS for end in ("backup", "2026", "bundle", "handover")]
    return {"path": path, "archive_name": free_name(look, where, names)}


def list_archive_contents(look: Look) -> Arguments:
    return {"path": archive(look)}


def unpack_archive(look: Look) -> Arguments:
    path = archive(look)
    inside = {row["name"].partition("/")[0] for row in look("list_archive_contents", path=path.id, limit=50)["entries"]}

    def is_free(row: Arguments) -> bool:
        if not (row["readable"] and row["writable"]):
            return False
        return not any(look("get_path_details", path=f"{row['path']}/{name}") for name in inside)

    return {"path": path, "directory": directory(look, is_free)}


def save_file_version(look: Look) -> Arguments:
    path = text_file(look, _writable)
    notes = [*VERSION_NOTES, "before moving it", "as printed", "state of today", "before I cut it down"]
    return {"path": path, "note": look.choose(notes)}


def list_file_versions(look: Look) -> Arguments:
    if look.chance(0.25):
        return {}
    saved = look("list_file_versions", limit=50)["versions"]
    return {"path": text_file(look, _readable, rows=saved)}


def restore_file_version(look: Look) -> Arguments:
    return {"file_version_id": version(look)}


def _apart(look: Look, reference: Reference, kind: str) -> Reference:
    """Named by another kind where there are two of it now: later in the conversation "that file" would be either."""
    return reference if reference is look.recall(reference.kind) else replace(reference, kind=kind)


def _readable(row: Arguments) -> bool:
    return row["readable"]


def _writable(row: Arguments) -> bool:
    return row["readable"] and row["writable"]


def _takes_entries(row: Arguments) -> bool:
    return row["writable"]


def _path(look: Look, reference: Reference) -> str:
    """Where a path that may be relative leads."""
    return look("get_path_details", path=reference.id)["path"]


def _removable(look: Look, fits: Callable[[Arguments], bool] = lambda row: True) -> Reference:
    """A file that may be taken out of its directory."""

    def can_go(row: Arguments) -> bool:
        above = look("get_path_details", path=row["path"].rpartition("/")[0] or "/")
        return row["writable"] and above["writable"] and fits(row)

    return file(look, can_go)


def _destination(look: Look, path: Reference) -> Reference:
    """A directory that takes entries and has none of the same name."""
    above, _, name = _path(look, path).rpartition("/")

    def is_free(row: Arguments) -> bool:
        return row["writable"] and row["path"] != above and not look("get_path_details", path=f"{row['path']}/{name}")

    return directory(look, is_free)


def _packable(look: Look, row: Arguments) -> bool:
    """Small, and beside it there is room for an archive."""
    above = look("get_path_details", path=row["path"].rpartition("/")[0] or "/")
    if not above["writable"] or row["path"] == "/":
        return False
    return row["kind"] == "text" or look("measure_directory_size", path=row["path"])["size"] < 600_000


def _alike(look: Look, path: str) -> list[str]:
    """Other text files beside this one whose names begin alike."""
    above, _, name = path.rpartition("/")
    start = name.partition(".")[0].split("_")[0]
    beside = look("list_directory", path=above or "/", kind="text", limit=50)["entries"]
    others = [row["path"] for row in beside if row["path"] != path]
    return [other for other in others if other.rpartition("/")[2].startswith(start) and _opens(look, other)]


def _opens(look: Look, path: str) -> bool:
    return look("get_path_details", path=path)["readable"]


def _lines(look: Look, path: Reference) -> int:
    return look("count_file_lines", path=path.id)["lines"]


def _word(look: Look, path: Reference) -> Reference:
    """A word or two of a file as they stand there."""
    words = look("read_file_text", path=path.id)["text"].replace(",", " ").split()
    plain = [word for word in words if word.isalpha() and len(word) > 3]
    return exact(look.choose(plain))


def _sentence(look: Look) -> Reference:
    thing = look.choose(THINGS)
    return exact(look.choose([f"{look.choose(VERBS).capitalize()} {thing}", f"Ask about {thing}", f"Open: {thing}"]))


def _newest(look: Look) -> str:
    return look("find_paths_by_property", order="newest", limit=1)["paths"][0]["modified"]

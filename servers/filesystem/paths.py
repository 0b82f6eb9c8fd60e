"""Path rules that need no tree: what a name may be, what `.` and `..` mean, how long and deep a path may get.

steps("../Notes/./a.txt", ("home", "mira", "Photos")) == ("home", "mira", "Notes", "a.txt")
"""

from __future__ import annotations

from servers.state import ToolError

LONGEST_NAME = 64
LONGEST_PATH = 200
MOST_LEVELS = 16
FORBIDDEN = set('/\\"*?<>|:')

Names = tuple[str, ...]


def steps(path: str, start: Names) -> Names:
    """The names from the root to a path: `..` goes up, above the root it stays there."""
    names: list[str] = [] if path.startswith("/") else list(start)
    for part in path.split("/"):
        if part == "..":
            del names[-1:]
        elif part not in ("", "."):
            _check_marks(part)
            _check_length(part)
            names.append(part)
    return tuple(names)


def written(names: Names) -> str:
    """("home", "mira") -> "/home/mira"."""
    return "/" + "/".join(names)


def inside(directory: str, name: str) -> str:
    """The path of a name in a directory: inside("/", "tmp") == "/tmp"."""
    return f"{directory.rstrip('/')}/{name}"


def parent_of(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def name_of(path: str) -> str:
    return path.rpartition("/")[2]


def check_name(name: str) -> None:
    """Refuses what cannot be the name of a new entry."""
    _check_marks(name)
    if name in (".", "..") or name != name.strip():
        raise ToolError("a name may not be . or .. and may not begin or end with a space")
    if bad := FORBIDDEN.intersection(name):
        raise ToolError(f"{min(bad)} is not allowed in a name")
    _check_length(name)


def check_fits(path: str) -> None:
    """Refuses a path that would be too deep or too long."""
    levels = path.count("/")
    if levels > MOST_LEVELS:
        raise ToolError(f"path too deep: {levels} levels, at most {MOST_LEVELS}")
    if len(path) > LONGEST_PATH:
        raise ToolError(f"path too long: {len(path)} characters, at most {LONGEST_PATH}")


def extension(name: str) -> str:
    """ "Budget.CSV" -> "csv"; names such as ".profile" have none."""
    stem, _, end = name.rpartition(".")
    return end.lower() if stem else ""


def plain(text: str) -> str:
    """Text as names are compared in searches: "Trip-Plan_2" and "trip plan 2" are alike."""
    return text.casefold().replace("_", " ").replace("-", " ")


def _check_marks(name: str) -> None:
    if not name.isprintable():
        raise ToolError("names hold printable characters only")


def _check_length(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise ToolError(f"name too long: {len(name)} characters, at most {LONGEST_NAME}")

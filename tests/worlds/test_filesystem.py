"""Laws of the file store, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.filesystem.paths import name_of, parent_of, steps, written
from tests.worlds.live import Live

SEEDS = range(6)


class Disk(Live):
    """The disk of a seed, and what its member may do there."""

    def __init__(self, seed: int):
        super().__init__("filesystem", seed)
        where = self("get_current_directory")
        self.user, self.home = where["user"], where["home"]

    def paths(self, **wanted: Any) -> list[dict[str, Any]]:
        return self("find_paths_by_property", limit=50, **wanted)["paths"]

    def text(self, path: str) -> str:
        return self("read_file_text", path=path)["text"]

    def used(self) -> dict[str, int]:
        return {row["volume"]: row["used"] for row in self("list_storage_volumes")["volumes"]}

    def writable(self, **wanted: Any) -> str:
        """A text file of the member's home that may be changed."""
        rows = self.paths(under=self.home, **wanted)
        return next(row["path"] for row in rows if row["kind"] == "text" and self.details(row["path"])["writable"])

    def details(self, path: str) -> dict[str, Any]:
        return self("get_path_details", path=path)

    def new_file(self, name: str, text: str = "one\ntwo\nthree") -> str:
        return self("create_text_file", directory=f"{self.home}/Notes", name=name, text=text)["path"]

    def below(self, path: str) -> list[str]:
        """Every path below a directory that the member may see, relative to it."""
        found, ahead = [], [path]
        while ahead:
            for row in self("list_directory", path=ahead.pop(), limit=50)["entries"]:
                found.append(row["path"].removeprefix(path))
                ahead += [row["path"]] if row["kind"] == "directory" else []
        return sorted(found)


@pytest.fixture(params=[0, 1, 2])
def disk(request: pytest.FixtureRequest) -> Disk:
    return Disk(request.param)


def test_every_node_hangs_in_the_tree_and_no_name_is_taken_twice():
    for seed in SEEDS:
        nodes = Disk(seed).state.nodes
        assert all(node.parent_id in ("", "trash") or node.parent_id in nodes for node in nodes)
        names = [(node.parent_id, node.name) for node in nodes if node.parent_id != "trash"]
        assert len(names) == len(set(names))
        assert all(node.size == len(node.content.encode()) for node in nodes if node.kind == "text")


def test_the_quota_counts_files_versions_and_trash_and_is_never_exceeded():
    for seed in SEEDS:
        disk = Disk(seed)
        for row in disk("list_storage_volumes")["volumes"]:
            assert row["used"] + row["free"] == row["quota"], row
        before, path = disk.used()["home"], disk.new_file("counted.txt", "12345")
        disk("save_file_version", path=path)
        assert disk.used()["home"] == before + 10
        disk("trash_path", path=path)
        assert disk.used()["home"] == before + 10
        disk("purge_trash", older_than_days=0)
        assert disk.used()["home"] < before
        again = disk.new_file("counted.txt", "12345")
        assert disk("delete_path_permanently", path=again)["freed"] == 5


def test_a_path_means_the_same_however_it_is_written_and_has_limits(disk: Disk):
    path = disk.writable()
    disk("change_directory", path="/tmp")
    directory, name = parent_of(path), name_of(path)
    for spelling in (path, f"..{path}", f"/./{path}", f"{directory}/../{name_of(directory)}/{name}", f"/..{path}"):
        assert disk.details(spelling)["path"] == path
    assert written(steps("../../../x/./y", ("a",))) == "/x/y"
    home = disk.home

    def make(name: str, directory: str = home) -> str:
        return disk.refused("create_directory", directory=directory, name=name)

    assert "name too long: 65" in make("x" * 65)
    assert "/ is not allowed" in make("a/b") and "begin or end with a space" in make(" a")
    assert "printable" in make("a\nb") and "name too long" in disk.refused("list_directory", path=f"/{'y' * 70}")
    deep = home
    for number in range(14):
        deep = disk("create_directory", directory=deep, name=f"level {number}")["path"]
    assert "path too deep: 17 levels" in make("level 14", deep)
    assert "path too deep" in disk.refused("copy_path", path=f"{home}/Photos", directory=parent_of(deep))
    wide = home
    for _ in range(2):
        wide = disk("create_directory", directory=wide, name="w" * 64)["path"]
    assert "path too long" in make("w" * 64, wide)


def test_a_moved_directory_takes_all_in_it_along(disk: Disk):
    source = f"{disk.home}/Documents"
    files = disk.below(source)
    sums = {path: disk("compute_file_checksum", path=source + path) for path in files if "." in path}
    disk("change_directory", path=f"{source}/Money")
    moved = disk("move_path", path=source, directory=f"{disk.home}/Desktop")
    assert moved["entries"] == len(files) + 1 and disk.below(moved["path"]) == files
    assert disk("get_current_directory")["path"] == f"{moved['path']}/Money"
    assert "no such path" in disk.refused("list_directory", path=source)
    for path, before in sums.items():
        assert disk("compute_file_checksum", path=moved["path"] + path)["checksum"] == before["checksum"]
    assert "cannot go into itself" in disk.refused("move_path", path=moved["path"], directory=".")
    disk("rename_path", path=moved["path"], new_name="Papers of All Kinds")
    assert disk.below(f"{disk.home}/Desktop/Papers of All Kinds") == files


def test_a_copy_has_a_life_of_its_own(disk: Disk):
    source = f"{disk.home}/Recipes"
    copied = disk("copy_path", path=source, directory=f"{disk.home}/Desktop", new_name="Kitchen")
    assert disk.below(copied["path"]) == disk.below(source)
    one = disk.below(source)[0]
    text = disk.text(source + one)
    disk("append_file_text", path=copied["path"] + one, text="add salt")
    assert disk.text(source + one) == text and disk.text(copied["path"] + one) == f"{text}\nadd salt"
    assert "exists already" in disk.refused(
        "copy_path", path=source, directory=f"{disk.home}/Desktop", new_name="Kitchen"
    )
    assert "cannot go into itself" in disk.refused("copy_path", path="/", directory="/tmp")


def test_what_was_trashed_comes_back_as_it_was_where_there_is_a_free_place(disk: Disk):
    album = disk("list_directory", path=f"{disk.home}/Photos")["entries"][0]["path"]
    files = disk.below(album)
    entry = disk("trash_path", path=album)["trash_entry_id"]
    assert "no such path" in disk.refused("list_directory", path=album)
    assert disk("list_trashed_paths")["entries"][0]["path"] == album
    assert disk("restore_trashed_path", trash_entry_id=entry)["path"] == album
    assert disk.below(album) == files
    assert "no trash entry" in disk.refused("restore_trashed_path", trash_entry_id=entry)
    rows = disk("list_trashed_paths", limit=50)["entries"]
    gone = next(row for row in rows if "Old Flat" in row["path"])["trash_entry_id"]
    taken = next(row for row in rows if row["path"].endswith("Desktop/todo.txt"))["trash_entry_id"]
    assert "no such path" in disk.refused("restore_trashed_path", trash_entry_id=gone)
    assert "exists already" in disk.refused("restore_trashed_path", trash_entry_id=taken)
    disk("restore_trashed_path", trash_entry_id=gone, directory=f"{disk.home}/Notes")
    disk("restore_trashed_path", trash_entry_id=taken, directory="/tmp")
    assert "in the trash for 3650 days" in disk.refused("purge_trash", older_than_days=3650)
    left = disk("list_trashed_paths")
    assert disk("purge_trash", older_than_days=0) == {"purged": len(rows) - 2, "freed": left["size"]}
    assert disk("list_trashed_paths")["total"] == 0


def test_links_lead_where_they_point_and_never_in_circles(disk: Disk):
    path = disk.new_file("target.txt")
    link = disk("create_symbolic_link", directory=f"{disk.home}/Desktop", name="short.txt", target=path)["path"]
    assert disk.text(link) == disk.text(path) and disk.details(link)["target"] == path
    disk("append_file_text", path=link, text="four")
    assert disk.text(path).endswith("four")
    project = disk("list_directory", path="/projects", order="name")["entries"][0]["path"]
    assert disk("list_directory", path=f"{project}/latest")["path"] == f"{project}/docs"
    disk("delete_path_permanently", path=link)
    assert disk.text(path).endswith("four")
    assert "too many levels" in disk.refused("read_file_text", path="/tmp/newest")
    assert "no such path" in disk.refused("read_file_text", path="/tmp/old-scanner")


def test_nobody_sees_or_changes_what_the_permission_bits_forbid(disk: Disk):
    secrets = "/etc/passwords.ini"
    assert "may not read" in disk.refused("read_file_text", path=secrets)
    assert "may not read" in disk.refused("copy_path", path="/etc", directory="/tmp")
    other = next(user.user for user in disk.state.users if f"{user.user}" != disk.user)
    private = f"/home/{other}/Private"
    assert "may not read" in disk.refused("list_directory", path=private)
    assert "may not enter" in disk.refused("read_file_text", path=f"{private}/salary.txt")
    shown = disk("find_paths_by_name", name="salary", limit=50)["paths"]
    assert not any(row["path"].startswith("/home/") for row in shown)
    todo = f"/home/{other}/todo.txt"
    assert "may not write" in disk.refused("append_file_text", path=todo, text="hello")
    assert "may not write" in disk.refused("trash_path", path=todo)
    assert "only its owner" in disk.refused("set_path_permissions", path=todo, permissions="666")
    assert disk.details(todo)["writable"] is False and disk.details(todo)["readable"] is True
    sealed = f"{disk.home}/Documents/Letters/signed_agreement.txt"
    assert "may not write" in disk.refused("append_file_text", path=sealed, text="amended")
    group = disk("get_current_directory")["groups"][1]
    changed = disk("set_path_permissions", path=sealed, permissions="640", group=group)
    assert (changed["permissions"], changed["group"]) == ("640 rw-r-----", group)
    disk("append_file_text", path=sealed, text="amended")
    disk("set_path_permissions", path=sealed, permissions="040")
    assert "may not read" in disk.refused("read_file_text", path=sealed)
    assert "not in group" in disk.refused("set_path_permissions", path=sealed, permissions="640", group="kings")


def test_a_lock_keeps_others_out_until_its_time_is_over(disk: Disk):
    path = disk.paths(locked="by_others")[0]["path"]
    assert "is locked by" in disk.refused("append_file_text", path=path, text="me too")
    assert "is locked by" in disk.refused("rename_path", path=path, new_name="mine.txt")
    assert "is locked by" in disk.refused("trash_path", path=parent_of(path))
    assert "is locked by" in disk.refused("unlock_file", path=path)
    disk.wait(1000)
    assert disk.paths(locked="by_others") == []
    disk("append_file_text", path=path, text="me too")
    until = disk("lock_file", path=path, minutes=30)["until"]
    assert [row["path"] for row in disk.paths(locked="by_me")] == [path] and disk.details(path)["locked"].endswith(
        until
    )
    disk("append_file_text", path=path, text="the lock is mine")
    disk("unlock_file", path=path)
    assert "is not locked" in disk.refused("unlock_file", path=path)


def test_a_volume_keeps_its_quota_or_stays_as_it_is(disk: Disk):
    path = disk.paths(under="/past", extension="csv")[0]["path"]
    for tool, more in (
        ("append_file_text", {"text": "late"}), ("trash_path", {}), ("rename_path", {"new_name": "x.csv"}),
        ("tag_path", {"tag": "late"}), ("set_path_permissions", {"permissions": "666"}), ("lock_file", {}),
        ("delete_path_permanently", {}), ("pack_archive", {"archive_name": "x.zip"}),
    ):  # fmt: skip
        assert "read-only volume past" in disk.refused(tool, path=path, **more)
    assert "read-only volume" in disk.refused("create_directory", directory="/past", name="new")
    disk("copy_path", path=path, directory=f"{disk.home}/Notes")
    photos, volume = f"{disk.home}/Photos", disk.state.volumes.find("projects")
    disk.state.volumes.update(volume, quota=disk.used()["projects"] + 1_000)
    assert "quota exceeded on volume projects" in disk.refused("copy_path", path=photos, directory="/projects")
    assert "quota exceeded" in disk.refused("move_path", path=photos, directory="/projects")
    entry = disk("trash_path", path=photos)["trash_entry_id"]
    assert "quota exceeded" in disk.refused("restore_trashed_path", trash_entry_id=entry, directory="/projects")
    assert "quota" in disk.refused("create_text_file", directory="/projects", name="long.txt", text="x" * 2_000)
    disk("create_text_file", directory="/projects", name="short.txt", text="x" * 1_000)
    assert disk.used()["projects"] == disk.state.volumes.find("projects").quota
    disk.state.volumes.update(disk.state.volumes.find("projects"), most_entries=10)
    assert "entries, at most 10" in disk.refused("create_directory", directory="/projects", name="one more")


def test_an_archive_gives_back_what_it_packed(disk: Disk):
    source, inbox = f"{disk.home}/Notes", f"{disk.home}/Desktop"
    sums = {name_of(path): disk("compute_file_checksum", path=source + path)["checksum"] for path in disk.below(source)}
    packed = disk("pack_archive", path=source, archive_name="notes.zip")
    assert packed["size"] < packed["unpacked_size"] and packed["entries"] == len(sums) + 1
    names = [row["name"] for row in disk("list_archive_contents", path=packed["path"], limit=50)["entries"]]
    assert sorted(names) == sorted(["Notes", *(f"Notes/{name}" for name in sums)])
    assert disk("unpack_archive", path=packed["path"], directory=inbox)["created"] == [f"{inbox}/Notes"]
    for name, checksum in sums.items():
        assert disk("compute_file_checksum", path=f"{inbox}/Notes/{name}")["checksum"] == checksum
    assert "exists already" in disk.refused("unpack_archive", path=packed["path"], directory=inbox)
    twin = disk("copy_path", path=packed["path"], directory=inbox)
    assert twin["size"] == packed["size"]
    of_both = [disk("compute_file_checksum", path=row["path"])["checksum"] for row in (packed, twin)]
    assert of_both[0] == of_both[1]
    assert "not an archive" in disk.refused("list_archive_contents", path=f"{inbox}/todo.txt")
    assert "ends in .zip" in disk.refused("pack_archive", path=source, archive_name="notes.rar")
    assert "root directory" in disk.refused("pack_archive", path="/", archive_name="all.zip")
    assert "not a directory but archive" in disk.refused("list_directory", path=packed["path"])


def test_a_saved_version_brings_back_its_text_and_ten_are_kept(disk: Disk):
    path = disk.new_file("draft.txt", "first")
    saved = disk("save_file_version", path=path, note="the beginning")["file_version_id"]
    disk("replace_file_text", path=path, old_text="first", new_text="second")
    assert disk("restore_file_version", file_version_id=saved)["lines"] == 1 and disk.text(path) == "first"
    for _ in range(10):
        disk("save_file_version", path=path)
    kept = [row["file_version_id"] for row in disk("list_file_versions", path=path, limit=50)["versions"]]
    assert len(kept) == 10 and saved not in kept
    assert "no file version" in disk.refused("restore_file_version", file_version_id=saved)
    moved = disk("move_path", path=path, directory="/tmp")["path"]
    disk("restore_file_version", file_version_id=kept[0])
    disk("trash_path", path=moved)
    assert "in the trash" in disk.refused("restore_file_version", file_version_id=kept[0])
    assert all(row["path"] != moved for row in disk("list_file_versions", limit=50)["versions"])


def test_the_way_back_is_the_way_taken_and_nobody_deletes_where_they_are(disk: Disk):
    start = disk("get_current_directory")["path"]
    new = disk("create_directory", directory="/tmp", name="short stay")["path"]
    for path in ("/team", "/projects", new, "/"):
        disk("change_directory", path=path)
    assert disk("get_current_directory")["previous"][:4] == [new, "/projects", "/team", start]
    assert "is the current directory already" in disk.refused("change_directory", path=".")
    disk("delete_path_permanently", path=new)
    assert "deleted or is in the trash" in disk.refused("return_to_previous_directory")
    assert disk("return_to_previous_directory", steps=2)["path"] == "/projects"
    assert disk("return_to_previous_directory", steps=2)["path"] == start
    assert "were visited before" in disk.refused("return_to_previous_directory", steps=20)
    here = disk("get_current_directory")["path"]
    assert "current directory" in disk.refused("trash_path", path=here)
    assert "is not empty" in disk.refused("delete_path_permanently", path=f"{disk.home}/Photos")
    assert "root of volume home" in disk.refused("trash_path", path=disk.home)
    empty = disk("create_directory", directory=disk.home, name="empty")["path"]
    disk("delete_path_permanently", path=empty)
    assert "no such path" in disk.refused("get_path_details", path=empty)


def test_edits_change_exactly_the_lines_they_name(disk: Disk):
    path = disk.new_file("list.txt", "pears\nApples\nfigs")
    disk("insert_file_lines", path=path, line=1, text="Fruit")
    disk("append_file_text", path=path, text="apples\ndates\n")
    assert disk.text(path) == "Fruit\npears\nApples\nfigs\napples\ndates"
    disk("sort_file_lines", path=path, first_line="kept")
    assert disk.text(path) == "Fruit\nApples\napples\ndates\nfigs\npears"
    assert disk("replace_file_text", path=path, old_text="pp", new_text="PP")["changed"] == 2
    assert disk("count_file_lines", path=path, containing="APP")["matching"] == 2
    assert disk("read_last_lines", path=path, lines=2)["text"] == "figs\npears"
    assert disk("read_file_text", path=path, first_line=2, last_line=3)["text"] == "APPles\naPPles"
    assert "does not contain" in disk.refused("replace_file_text", path=path, old_text="kiwi", new_text="lime")
    assert "are the same" in disk.refused("replace_file_text", path=path, old_text="figs", new_text="figs")
    assert "has only 6 lines" in disk.refused("insert_file_lines", path=path, line=8, text="x")
    assert "has only 6 lines" in disk.refused("read_file_text", path=path, first_line=7)
    assert "comes before" in disk.refused("read_file_text", path=path, first_line=3, last_line=2)
    path = disk.new_file("long.txt", "x" * 8_000)
    disk("append_file_text", path=path, text="y" * 8_000)
    assert "at most 20000" in disk.refused("append_file_text", path=path, text="z" * 8_000)
    assert "control characters" in disk.refused("append_file_text", path=path, text="bell \x07")
    photo = disk.paths(under=f"{disk.home}/Photos")[0]["path"]
    assert "not a text file but binary" in disk.refused("read_file_text", path=photo)
    assert "is a directory" in disk.refused("read_file_text", path=disk.home)
    assert "not a directory but text" in disk.refused("list_directory", path=path)
    notes = f"{disk.home}/Notes"
    assert "exists already" in disk.refused("create_text_file", directory=notes, name="long.txt", text="new")
    disk("create_text_file", directory=notes, name="long.txt", text="new", if_exists="overwrite")
    assert disk.text(path) == "new"


def test_searches_find_what_is_there_and_nothing_else(disk: Disk):
    path = disk.new_file("Zebra_Crossing.txt", "where the quagga waits")
    for name in ("zebra crossing", "ZEBRA-CROSSING.TXT", "bra_cro"):
        assert [row["path"] for row in disk("find_paths_by_name", name=name)["paths"]] == [path]
    assert disk("search_file_contents", text="the Quagga")["lines"] == [
        {"path": path, "line": 1, "text": "where the quagga waits"}
    ]
    large = disk.paths(larger_than_kb=500, order="largest")
    assert large and [row["size"] for row in large] == sorted((row["size"] for row in large), reverse=True)
    assert all(row["size"] < 1_000 for row in disk.paths(smaller_than_kb=1))
    today = disk.state.today
    assert [row["path"] for row in disk.paths(modified_after=today)] == [path]
    assert path not in [row["path"] for row in disk.paths(modified_before=today, under=f"{disk.home}/Desktop")]
    first, second = disk.new_file("a.txt", "x\ny\nz"), disk.new_file("b.txt", "y\nx\nw")
    compared = disk("compare_files", path=first, other_path=second)
    assert (compared["only_in_first"], compared["only_in_second"], compared["identical"]) == (["z"], ["w"], False)
    assert "both paths lead to" in disk.refused("compare_files", path=first, other_path=first)
    path = disk.new_file("tagged.txt")
    disk("tag_path", path=path, tag="zz-first")
    moved = disk("move_path", path=path, directory=f"{disk.home}/Desktop")["path"]
    assert [row["path"] for row in disk.paths(tag="zz-first")] == [moved]
    assert "already tagged" in disk.refused("tag_path", path=moved, tag="zz-first")
    assert disk("tag_path", path=moved, tag="zz-first", action="remove")["tags"] == []
    assert "not tagged" in disk.refused("tag_path", path=moved, tag="zz-first", action="remove")
    for number in range(6):
        disk("tag_path", path=moved, tag=f"tag-{number}")
    assert "6 tags already" in disk.refused("tag_path", path=moved, tag="tag-7")
    sizes = [row["size"] for row in disk("measure_directory_size", path=disk.home)["largest"]]
    measured = disk("measure_directory_size", path=disk.home)
    entries = disk("list_directory", path=disk.home, limit=50)["entries"]
    parts = [disk("measure_directory_size", path=row["path"])["size"] for row in entries]
    assert measured["size"] == sum(parts) and sizes == sorted(parts, reverse=True)[:5]


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []

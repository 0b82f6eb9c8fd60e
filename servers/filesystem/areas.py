"""The parts of the tree: homes, team and project directories, the archive of past years, configuration and logs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from servers.filesystem import contents
from servers.filesystem.contents import Writer
from servers.filesystem.growth import Growth, Owner
from servers.filesystem.material import (
    ALBUMS,
    DISHES,
    NOUNS,
    PAPERS,
    PLACES,
    PROJECTS,
    SERVICES,
    SUBJECTS,
    TABLES,
    TEAMS,
)
from servers.filesystem.records import Node

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
SUFFIXES = ["_v2", "_final", "_draft", "_old", "_final_v2", "_copy"]
SYSTEM = Owner("system", "system")
SECRET = Owner("system", "system", "700", "600")


def grow_home(growth: Growth, writer: Writer, home: Node, owner: Owner) -> None:
    """The signed-in member's own files."""
    documents = growth.directory(home, "Documents", owner)
    _papers(growth, writer, documents, owner)
    _notes(growth, writer, growth.directory(home, "Notes", owner), owner)
    _travel(growth, writer, growth.directory(documents, "Travel", owner), owner)
    _letters(growth, writer, growth.directory(documents, "Letters", owner), owner)
    _photos(growth, growth.directory(home, "Photos", owner), owner)
    _downloads(growth, writer, growth.directory(home, "Downloads", owner), owner)
    _recipes(growth, writer, growth.directory(home, "Recipes", owner), owner)
    scripts = growth.directory(home, "Scripts", owner)
    for noun in growth.rng.sample(NOUNS, 3):
        growth.text(scripts, f"sync_{noun}s.sh", contents.script(writer), owner, growth.day(300))
    desktop = growth.directory(home, "Desktop", owner)
    growth.text(desktop, "todo.txt", contents.to_do(writer, growth.day(20)), owner, growth.day(20))
    _with_versions(growth, writer, desktop, owner, f"{growth.rng.choice(SUBJECTS)}_report.md")
    for name in growth.rng.sample(["Inbox", "Scans", "Old Laptop", "To Print", "Shared With Me"], 2):
        growth.directory(home, name, owner)


def grow_colleague(growth: Growth, writer: Writer, home: Node, owner: Owner) -> None:
    """Notes that others may read, and a private directory that they may not enter."""
    notes = growth.directory(home, "Public", owner)
    _meetings(growth, writer, notes, owner, growth.rng.choice(SUBJECTS), growth.days(1))
    day = growth.day(90)
    growth.text(notes, "holiday_plan.txt", contents.packing_list(writer, growth.rng.choice(PLACES)), owner, day)
    growth.binary(notes, "portrait.jpg", growth.rng.randrange(300, 2_400), owner)
    private = growth.directory(home, "Private", owner._replace(directories="700", files="600"))
    growth.text(private, "salary.txt", contents.letter(writer, day), owner._replace(files="600"), day)
    growth.text(home, "todo.txt", contents.to_do(writer, day), owner, day)


def grow_team(growth: Growth, writer: Writer, team: Node, owner: Owner) -> None:
    """Reports, tables and templates of one team."""
    rng = growth.rng
    reports = growth.directory(team, "Reports", owner)
    for subject in rng.sample(SUBJECTS, 3):
        _with_versions(growth, writer, reports, owner, f"{subject}_report_{rng.choice([2024, 2025])}.md")
    for name in TEAMS[team.name]:
        directory = growth.directory(team, name, owner)
        for kind in rng.sample(sorted(TABLES), 2):
            _tables(growth, writer, directory, owner, kind)
        growth.binary(directory, f"{name.lower()}_overview.pdf", rng.randrange(80, 2_900), owner)
    templates = growth.directory(team, "Templates", owner)
    day = growth.day(500)
    growth.text(templates, "letter_template.txt", contents.letter(writer, day), owner, day)
    growth.text(templates, "minutes_template.md", contents.minutes(writer, "Meeting", day), owner, day)
    _meetings(growth, writer, growth.directory(team, "Minutes", owner), owner, rng.choice(SUBJECTS), growth.days(3))


def grow_project(growth: Growth, writer: Writer, project: Node, owner: Owner) -> None:
    rng, name = growth.rng, project.name
    growth.text(project, "README.md", contents.readme(writer, name, PROJECTS[name]), owner, growth.day(300))
    growth.text(project, "settings.yaml", contents.settings(writer, "yaml"), owner, growth.day(200))
    docs = growth.directory(project, "docs", owner)
    _with_versions(growth, writer, docs, owner, f"{name}_plan.md")
    growth.text(docs, "open_questions.md", contents.to_do(writer, growth.day(60)), owner, growth.day(60))
    data = growth.directory(project, "data", owner)
    for kind in rng.sample(sorted(TABLES), 2):
        _tables(growth, writer, data, owner, kind)
    source = growth.directory(project, "src", owner)
    for noun in rng.sample(NOUNS, 2):
        growth.text(source, f"{noun}s.py", contents.code(writer), owner, growth.day(250))
    growth.text(source, f"{rng.choice(NOUNS)}_counts.sql", contents.query(writer), owner, growth.day(250))
    _meetings(growth, writer, growth.directory(project, "meetings", owner), owner, name, growth.days(3))
    assets = growth.directory(project, "assets", owner)
    for number in range(rng.randrange(2, 5)):
        growth.binary(assets, f"{name}_sketch_{number + 1}.png", rng.randrange(200, 4_000), owner)
    growth.link(project, "latest", "docs", owner)


def grow_past(growth: Growth, writer: Writer, archive: Node, today: date) -> None:
    """Past years, kept as they were."""
    rng = growth.rng
    for year in range(today.year - 3, today.year):
        kept = growth.directory(archive, str(year), SYSTEM)
        for subject in rng.sample(SUBJECTS, 3):
            day = date(year, rng.randrange(1, 13), rng.randrange(1, 29))
            text = contents.report(writer, f"{subject.title()} report {year}", day)
            growth.text(kept, f"{subject}_report_{year}.md", text, SYSTEM, day)
        day = date(year, 12, rng.randrange(1, 29))
        growth.text(kept, f"budget_{year}.csv", contents.table(writer, "budget", day), SYSTEM, day)
        growth.binary(kept, f"team_photo_{year}.jpg", rng.randrange(1_500, 6_000), SYSTEM, day)
        days = [date(year, month, rng.randrange(1, 29)) for month in (3, 6, 10)]
        _archive(growth, writer, kept, SYSTEM, f"minutes_{year}.zip", rng.choice(SUBJECTS), days)


def grow_system(growth: Growth, writer: Writer, root: Node) -> None:
    """Configuration and logs, some for the system's eyes only, and a place for everybody's scraps."""
    rng = growth.rng
    etc = growth.directory(root, "etc", SYSTEM)
    for name, form in zip(rng.sample(SERVICES, 4), ["yaml", "ini", "json", "ini"], strict=True):
        growth.text(etc, f"{name}.{form}", contents.settings(writer, form), SYSTEM, growth.day(400))
    growth.text(etc, "passwords.ini", contents.settings(writer, "ini"), SECRET, growth.day(400))
    logs = growth.directory(growth.directory(root, "var", SYSTEM), "log", SYSTEM)
    for service in rng.sample(SERVICES, 5):
        day = growth.day(12)
        growth.text(logs, f"{service}.log", contents.log(writer, service, day), SYSTEM, day)
    growth.text(logs, "logins.log", contents.log(writer, "logins", growth.day(2)), SECRET, growth.day(2))
    scraps = growth.directory(root, "tmp", SYSTEM._replace(directories="777"))
    growth.link(scraps, "newest", "current", SYSTEM)
    growth.link(scraps, "current", "newest", SYSTEM)
    growth.link(scraps, "old-scanner", "/media/scanner", SYSTEM)
    day = growth.day(9)
    growth.text(scraps, "export.csv", contents.table(writer, "readings", day), SYSTEM._replace(files="666"), day)


def _papers(growth: Growth, writer: Writer, documents: Node, owner: Owner) -> None:
    rng = growth.rng
    papers = growth.directory(documents, "Papers", owner)
    for name in rng.sample(PAPERS, 6):
        growth.binary(papers, f"{name}.pdf", rng.randrange(40, 1_900), owner)
    money = growth.directory(documents, "Money", owner)
    for kind in ("budget", "expenses", "invoices"):
        _tables(growth, writer, money, owner, kind)


def _notes(growth: Growth, writer: Writer, notes: Node, owner: Owner) -> None:
    rng = growth.rng
    for subject in rng.sample(SUBJECTS, 3):
        _meetings(growth, writer, notes, owner, subject, growth.days(1))
    for month in rng.sample(range(12), 3):
        day = growth.day(300)
        growth.text(notes, f"journal_{MONTHS[month]}.txt", contents.journal(writer, day), owner, day)
    for subject in rng.sample(SUBJECTS, 2):
        day = growth.day(120)
        growth.text(notes, f"{subject}_ideas.txt", contents.to_do(writer, day), owner, day)


def _letters(growth: Growth, writer: Writer, letters: Node, owner: Owner) -> None:
    for place in growth.rng.sample(["landlord", "school", "insurance", "bank", "clinic", "library", "council"], 4):
        day = growth.day(500)
        growth.text(letters, f"letter_to_{place}.txt", contents.letter(writer, day), owner, day)
    sealed = owner._replace(files="444")
    growth.text(letters, "signed_agreement.txt", contents.letter(writer, growth.day(500)), sealed, growth.day(500))


def _travel(growth: Growth, writer: Writer, travel: Node, owner: Owner) -> None:
    for place in growth.rng.sample(PLACES, 2):
        directory = growth.directory(travel, place, owner)
        day = growth.day(400)
        growth.text(directory, "packing_list.txt", contents.packing_list(writer, place), owner, day)
        growth.text(directory, "expenses.csv", contents.table(writer, "expenses", day), owner, day)
        growth.binary(directory, f"tickets_{place.lower()}.pdf", growth.rng.randrange(60, 800), owner, day)


def _recipes(growth: Growth, writer: Writer, recipes: Node, owner: Owner) -> None:
    for dish in growth.rng.sample(DISHES, 5):
        name = f"{dish.lower().replace(' ', '_')}.md"
        growth.text(recipes, name, contents.recipe(writer, dish), owner, growth.day(600))


def _photos(growth: Growth, photos: Node, owner: Owner) -> None:
    rng = growth.rng
    for album in rng.sample(ALBUMS, 3):
        day, first = growth.day(600), rng.randrange(1_000, 9_000)
        directory = growth.directory(photos, f"{day.year} {album}", owner)
        for number in range(rng.randrange(5, 10)):
            growth.binary(directory, f"IMG_{first + number}.jpg", rng.randrange(900, 6_500), owner, day)


def _downloads(growth: Growth, writer: Writer, downloads: Node, owner: Owner) -> None:
    rng = growth.rng
    for subject in rng.sample(SUBJECTS, 2):
        growth.binary(downloads, f"{subject}_brochure.pdf", rng.randrange(200, 4_200), owner)
        _archive(growth, writer, downloads, owner, f"{subject}_files.zip", subject, growth.days(3))
    growth.binary(downloads, f"song_{rng.randrange(10, 99)}.mp3", rng.randrange(3_000, 9_000), owner)
    kind = rng.choice(sorted(TABLES))
    day = growth.day(60)
    growth.text(downloads, f"{kind}_export.csv", contents.table(writer, kind, day), owner, day)
    growth.text(downloads, "manual.txt", contents.minutes(writer, "Set-up", day), owner, day)


def _meetings(
    growth: Growth, writer: Writer, directory: Node, owner: Owner, subject: str, days: Iterable[date]
) -> None:
    for day in sorted(set(days)):
        text = contents.minutes(writer, f"{subject.title()} meeting", day)
        growth.text(directory, f"{subject}_meeting_{day}.md", text, owner, day)


def _tables(growth: Growth, writer: Writer, directory: Node, owner: Owner, kind: str) -> None:
    """A table, about every other time with one that is easily taken for it."""
    day = growth.day(300)
    text = contents.table(writer, kind, day)
    growth.text(directory, f"{kind}_{day.year}.csv", text, owner, day)
    if growth.rng.random() < 0.5:
        name = f"{kind}_{day.year}{growth.rng.choice(SUFFIXES)}.csv"
        growth.text(directory, name, contents.revised(writer, text), owner, growth.day(300))


def _with_versions(growth: Growth, writer: Writer, directory: Node, owner: Owner, name: str) -> None:
    """A report and one or two other states of it under similar names."""
    stem, _, end = name.rpartition(".")
    day = growth.day(300)
    text = contents.report(writer, stem.replace("_", " ").capitalize(), day)
    growth.text(directory, name, text, owner, day)
    for suffix in growth.rng.sample(SUFFIXES, growth.rng.randrange(1, 3)):
        growth.text(directory, f"{stem}{suffix}.{end}", contents.revised(writer, text), owner, growth.day(200))


def _archive(
    growth: Growth, writer: Writer, directory: Node, owner: Owner, name: str, subject: str, days: list[date]
) -> None:
    """A zip archive of a directory with minutes and a table."""
    archive = growth.archive(directory, name, owner, max(days))
    packed = growth.directory(archive, name.removesuffix(".zip"), owner)
    _meetings(growth, writer, packed, owner, subject, days)
    text = contents.table(writer, "inventory", min(days))
    growth.text(packed, f"{subject}_list.csv", text, owner, min(days))
    growth.close(archive)

"""File store of a team, for one signed-in member: directories, texts, photos, links, archives, trash and versions."""

from servers.filesystem import tools
from servers.filesystem.records import Disk as World
from servers.filesystem.seed import generate

__all__ = ["World", "generate", "tools"]

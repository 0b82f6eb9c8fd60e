"""The chat of a company for one signed-in member: channels, messages in threads, reactions, pins, presence."""

from servers.team_chat import tools
from servers.team_chat.records import Workspace as World
from servers.team_chat.seed import generate

__all__ = ["World", "generate", "tools"]

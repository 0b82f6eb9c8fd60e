"""The mailbox of one signed-in person: threads of mail, folders, drafts, labels, filters and mail contacts."""

from servers.email import tools
from servers.email.records import Mailbox as World
from servers.email.seed import generate

__all__ = ["World", "generate", "tools"]

"""The calendar of one signed-in employee: events and series, colleagues, invitations, meeting rooms, reminders."""

from servers.calendar import tools
from servers.calendar.records import Calendar as World
from servers.calendar.seed import generate

__all__ = ["World", "generate", "tools"]

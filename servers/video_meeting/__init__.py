"""Online meetings of one signed-in organiser: planned, live and over, with waiting rooms, hosts and recordings."""

from servers.video_meeting import tools
from servers.video_meeting.records import Meetings as World
from servers.video_meeting.seed import generate

__all__ = ["World", "generate", "tools"]

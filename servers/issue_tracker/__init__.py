"""An engineering issue tracker for one signed-in engineer: projects, issues, sprints, releases, comments, worklogs."""

from servers.issue_tracker import tools
from servers.issue_tracker.records import Tracker as World
from servers.issue_tracker.seed import generate

__all__ = ["World", "generate", "tools"]

"""A social network for one signed-in person: profiles, posts, reactions, follows, blocks, a feed and trends."""

from servers.social_media import tools
from servers.social_media.records import Network as World
from servers.social_media.seed import generate

__all__ = ["World", "generate", "tools"]

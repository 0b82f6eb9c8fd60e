"""Maps of one city region for a signed-in user: places, addresses, roads, routes, closures and saved places."""

from servers.maps import tools
from servers.maps.records import Maps as World
from servers.maps.seed import generate

__all__ = ["World", "generate", "tools"]

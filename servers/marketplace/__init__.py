"""A marketplace among people for one member who buys and sells: listings, auctions, offers, messages and ratings."""

from servers.marketplace import tools
from servers.marketplace.records import Market as World
from servers.marketplace.seed import generate

__all__ = ["World", "generate", "tools"]

"""The back office of a chain of stores: articles, stock per store, transfers, supplier orders and reservations."""

from servers.retail_chain import tools
from servers.retail_chain.records import Chain as World
from servers.retail_chain.seed import generate

__all__ = ["World", "generate", "tools"]

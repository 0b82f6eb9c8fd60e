"""A retail brokerage for one signed-in investor: quotes, an order book, trade orders, positions and a watch list."""

from servers.trading import tools
from servers.trading.records import Brokerage as World
from servers.trading.seed import generate

__all__ = ["World", "generate", "tools"]

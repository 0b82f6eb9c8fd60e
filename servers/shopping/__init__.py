"""An online shop for one signed-in customer: products with variants, a cart, coupons, orders, returns and wishes."""

from servers.shopping import tools
from servers.shopping.records import Shop as World
from servers.shopping.seed import generate

__all__ = ["World", "generate", "tools"]

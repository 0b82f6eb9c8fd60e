"""Food delivery for one signed-in customer: restaurants, dishes, a cart, coupons and orders on their way."""

from servers.food_delivery import tools
from servers.food_delivery.records import Delivery as World
from servers.food_delivery.seed import generate

__all__ = ["World", "generate", "tools"]

"""A travel agency's app for one customer: flights, hotels and the trips that group them, for family and friends."""

from servers.travel_booking import tools
from servers.travel_booking.records import Agency as World
from servers.travel_booking.seed import generate

__all__ = ["World", "generate", "tools"]

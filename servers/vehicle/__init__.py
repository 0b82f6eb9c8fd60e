"""A connected electric car and its owner's app: driving, charging, cabin, destinations, trip log, service and phone."""

from servers.vehicle import tools
from servers.vehicle.records import Vehicle as World
from servers.vehicle.seed import generate

__all__ = ["World", "generate", "tools"]

"""A smart home for its signed-in owner: rooms, devices and sensors, groups, scenes, automations, schedules, energy."""

from servers.iot_devices import tools
from servers.iot_devices.records import Home as World
from servers.iot_devices.seed import generate

__all__ = ["World", "generate", "tools"]

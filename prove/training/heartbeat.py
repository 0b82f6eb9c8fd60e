"""Whether the processes that a training step waits for still live."""

from __future__ import annotations

from typing import Any

import ray


class Heartbeat:
    """Rollout workers and engines: they answer to nobody.

    verl gives a worker its prompts and then looks for episodes in a queue. Of a worker that was killed none would ever
    come; of an engine that was killed would come episodes that crashed, worth 0, and the policy would learn from them.
    """

    def __init__(self, actors: list[Any]) -> None:
        self.actors = actors
        self.asked: list[Any] = []

    def look(self) -> None:
        """Never waits. RayActorError if one that was asked earlier has died; a busy one may answer late."""
        answered, self.asked = ray.wait(self.asked, num_returns=len(self.asked), timeout=0) if self.asked else ([], [])
        ray.get(answered)
        if not self.asked:
            self.asked = [actor.__ray_ready__.remote() for actor in self.actors]

    def insist(self) -> None:
        """Waits until all have answered; RayActorError if one has died."""
        ray.get([actor.__ray_ready__.remote() for actor in self.actors])

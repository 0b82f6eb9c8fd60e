"""What is counted of every episode, whatever the benchmark; names with a reward before the slash are of that reward.

prove/total … prove/arg, graduated/atomic …   each reward's components and total
exact                                         the calls that succeeded serve the whole ground truth
unreadable                                    wrote something as a call that could not be read (a parse failure)
silent                                        calls were wanted and not one could be read
out_of_tokens, turn_cap                       ended by a cap
calls, failed_calls                           number per episode
"""

from __future__ import annotations

from collections.abc import Sequence

from prove.benchmarks.items import Counts
from prove.rewards.choice import Reward
from prove.types import Episode


def counts_of(episode: Episode, rewards: Sequence[Reward]) -> Counts:
    """The counts of one episode."""
    readable = sum(call.error is None for call in episode.calls)
    silent = bool(episode.ground_truth.steps) and not readable
    numbers = {
        **_paid(episode, rewards),
        "exact": float(episode.reward.exact),
        "unreadable": float(readable < len(episode.calls)),
        "silent": float(silent),
        **{name: episode.stats[name] for name in ("out_of_tokens", "turn_cap", "calls", "failed_calls")},
    }
    return {name: (float(value), 1.0) for name, value in numbers.items()}


def _paid(episode: Episode, rewards: Sequence[Reward]) -> dict[str, float]:
    """Every reward's numbers on the same calls."""
    found = {}
    for reward in rewards:
        paid = reward(episode.calls, episode.ground_truth, episode.tools, episode.ending)
        found |= {f"{reward.name}/{key}": value for key, value in paid.numbers().items() if key != "exact"}
    return found

"""Replay: a conversation is kept only if its calls succeed again, with the same bytes, in a fresh session."""

from __future__ import annotations

from prove.synthesis.live import LiveServers
from prove.synthesis.orchestrator import Conversation


def replays(servers: LiveServers, conversation: Conversation) -> dict[str, str] | None:
    """The state hashes after the replay, or None if a call failed or answered something else."""
    live = servers.open([conversation.server], conversation.seed)
    try:
        for turn in conversation.turns:
            for wave in turn.waves:
                for call, output in zip(wave.calls, wave.outputs, strict=True):
                    result = live.call(call.name, call.arguments)
                    if not result.ok or result.output != output:
                        return None
        return live.hash()
    finally:
        live.close()

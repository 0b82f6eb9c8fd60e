"""What an organiser would ask about meetings now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference
from servers.video_meeting.seed import new_title

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
LED = ("host", "cohost")


def find_video_meetings(look: Look) -> Arguments:
    row = look.choose(_rows(look, look.choose(["scheduled", "ended", "live", "ready"])))
    if look.chance(0.35):
        return {"status": look.choose(["live", "live", "ready", "ready", "scheduled", "missed"])}
    if look.chance(0.4):
        return {"date": row["start"][:10], "status": row["status"]}
    return {"title": row["title"], "date": row["start"][:10]}


def get_video_meeting(look: Look) -> Arguments:
    return {"video_meeting_id": _meeting(look, lambda row: True)}


def schedule_video_meeting(look: Look) -> Arguments:
    today = _rows(look, "live", "ready", "scheduled", "ended")[0]["start"][:10]
    day = (date.fromisoformat(today) + timedelta(days=look.rng.randrange(2, 60))).isoformat()
    start = f"{day}T{look.rng.randrange(8, 20):02d}:{look.choose(['00', '15', '30', '45'])}"
    return {
        "title": new_title(look.rng),
        "start": start,
        "minutes": look.choose([20, 30, 40, 45, 60, 90, 120]),
        "waiting_room": look.choose(["on", "off"]),
        "invitees": _names(look, look.rng.randrange(1, 4)),
    }


def start_video_meeting(look: Look) -> Arguments:
    hosted = [row["host"] for row in _rows(look, "live")]
    return {"video_meeting_id": _meeting(look, lambda row: hosted.count(row["host"]) < 3, LED, "ready")}


def end_video_meeting(look: Look) -> Arguments:
    return {"video_meeting_id": _meeting(look, lambda row: row["your_role"] == "host", LED, "live")}


def list_participants(look: Look) -> Arguments:
    """Often of a meeting that the organiser leads, where something can be done about who is listed."""
    if look.chance(0.35):
        return {"video_meeting_id": _meeting(look, lambda row: row["waiting"] > 0, LED, "live"), "state": "waiting"}
    if look.chance(0.4):
        state = look.choose(["in_meeting", "in_meeting", "left", "invited"])
        return {"video_meeting_id": _meeting(look, lambda row: True, (*LED, "guest"), "live"), "state": state}
    return {"video_meeting_id": _meeting(look, lambda row: True)}


def answer_waiting_room(look: Look) -> Arguments:
    decision = look.choose(["admit", "admit", "admit", "deny"])
    return {"participant_id": _participant(look, lambda row: row["state"] == "waiting"), "decision": decision}


def mute_participant(look: Look) -> Arguments:
    return {"participant_id": _participant(look, _can_be_muted)}


def start_recording(look: Look) -> Arguments:
    return {"video_meeting_id": _meeting(look, lambda row: not _running(row), LED, "live")}


def stop_recording(look: Look) -> Arguments:
    known = look.recall("recording")
    live = [_details(look, row) for row in _rows(look, "live")]
    running = [(row, other) for row in live if row["your_role"] in LED for other in _running(row)]
    if known and known.id in {other["recording_id"] for _, other in running}:
        return {"recording_id": known}
    meeting, recording = look.choose(running)
    number = recording["recording_id"]
    if look.chance(0.15):
        return {"recording_id": Reference("recording", number, (f"recording {number}", number), row=recording)}
    wanted, words = look.choose(_searches(look, meeting))
    says = (f"the recording of {words[0]}", f"the recording that is running in {words[0]}")
    path = (Lookup("find_video_meetings", wanted), _get(meeting))
    return {"recording_id": Reference("recording", number, says, path, "recording_id", recording)}


def _rows(look: Look, *states: str) -> list[Arguments]:
    return [row for state in states for row in look("find_video_meetings", status=state, limit=50)["meetings"]]


def _details(look: Look, row: Arguments) -> Arguments:
    return look("get_video_meeting", video_meeting_id=row["video_meeting_id"])


def _get(row: Arguments) -> Lookup:
    return Lookup("get_video_meeting", {"video_meeting_id": row["video_meeting_id"]})


def _running(meeting: Arguments) -> list[Arguments]:
    return [row for row in meeting["recordings"] if row["status"] == "running"]


def _can_be_muted(row: Arguments) -> bool:
    return row["state"] == "in_meeting" and not row["muted"] and row["role"] != "host"


def _meeting(look: Look, fits: Fits, roles: tuple[str, ...] = (), status: str | None = None) -> Reference:
    """A meeting in which the organiser has one of these roles: by id, or by title, day or status."""

    def can_be_meant(row: Arguments) -> bool:
        return bool(row) and status in (None, row["status"]) and (not roles or row["your_role"] in roles) and fits(row)

    known = look.recall("video_meeting")
    if known and can_be_meant(look("get_video_meeting", video_meeting_id=known.id)):
        return known
    states = [status] if status else [look.choose(["live", "ready", "scheduled", "ended"])]
    row = look.choose(row for row in _rows(look, *states) if can_be_meant(_details(look, row)))
    number = row["video_meeting_id"]
    if look.chance(0.15):
        return Reference("video_meeting", number, (f"meeting {number}", number), row=row)
    wanted, says = look.choose(_searches(look, row))
    return Reference("video_meeting", number, says, (Lookup("find_video_meetings", wanted),), "video_meeting_id", row)


def _searches(look: Look, row: Arguments) -> list[tuple[Arguments, tuple[str, ...]]]:
    """Ways to name a meeting, each with a search that shows only it."""
    title, day, status = row["title"], row["start"][:10], row["status"]
    ways = [({"title": title, "date": day}, (f"the {title} on {day}", f"the {title} of {day}"))]
    if look("find_video_meetings", title=title)["total"] == 1:
        ways += [({"title": title}, (f"the {title}", f"my {title}"))] * 2
    if status in ("live", "ready"):
        words = f"the live {title}" if status == "live" else f"the {title} that is about to start"
        ways.append(({"title": title, "status": status}, (words,)))
    fitting = [way for way in ways if look("find_video_meetings", **way[0])["total"] == 1]
    return fitting or [({"title": title, "date": day}, (f"the {title} on {day} at {row['start'][11:]}",))]


def _participant(look: Look, fits: Fits) -> Reference:
    """Somebody in a live meeting that the organiser leads: by id, or by name and meeting (found in turn)."""
    led = [row for row in _rows(look, "live") if _details(look, row)["your_role"] in LED]
    there = {row["participant_id"]: (meeting, row) for meeting in led for row in _present(look, meeting) if fits(row)}
    known = look.recall("participant")
    if known and known.id in there:
        return known
    meeting, row = look.choose(there.values())
    number, name = row["participant_id"], row["name"]
    if look.chance(0.15):
        return Reference("participant", number, (f"participant {number}", number), row=row)
    wanted, words = look.choose(_searches(look, meeting))
    path = (
        Lookup("find_video_meetings", wanted),
        Lookup("list_participants", {"video_meeting_id": meeting["video_meeting_id"]}),
    )
    says = (f"{name} in {words[0]}", f"{name} from {words[0]}")
    return Reference("participant", number, says, path, "participant_id", row)


def _present(look: Look, meeting: Arguments) -> list[Arguments]:
    """The participants whom a list shows without being asked for more."""
    return look("list_participants", video_meeting_id=meeting["video_meeting_id"])["participants"]


def _names(look: Look, count: int) -> list[str]:
    """People of the directory, as they appear in a meeting; the organiser is left out as the host there."""
    row = look.choose(_rows(look, "live", "ready", "scheduled"))
    names = [other["name"] for other in _present(look, row) if other["role"] == "guest"]
    if len(names) < count:
        raise NothingToAsk
    return look.rng.sample(names, count)

"""What a user of the house may rely on: words mean one value, prepositions fit them, a persona never touches a fact."""

from __future__ import annotations

import json
import random
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from prove.synthesis import speech
from prove.synthesis.dates import means, mentions, minutes_meant
from prove.synthesis.live import LiveServers
from prove.synthesis.personas import draw_persona, personas, stock
from prove.synthesis.speech import Speaker
from prove.synthesis.wording import SLOT

NOW = "2026-08-18T09:30"  # a Tuesday
DATE = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
MINUTE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"}
HOUR = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"}
MONTH = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}
PERSONAS = list(personas())
SERVERS = sorted(path.parent.name for path in Path("servers").glob("*/utterances.yaml"))
VALUES = {
    "day": ["2026-08-17", "2026-08-18", "2026-08-19", "2026-08-20", "2026-08-21", "2026-12-03", "2027-08-03"],
    "time": ["07:15", "12:00", "18:00", "22:30"],
    "month": ["2026-07", "2026-08", "2026-03", "2025-11"],
}  # fmt: skip
VALUES["moment"] = [f"{day}T{time}" for day in VALUES["day"] for time in VALUES["time"]]


def voice(persona: str, seed: int = 0, today: str = NOW) -> Speaker:
    return Speaker(persona, today, random.Random(seed))


@cache
def utterances() -> list[tuple[str, dict[str, Any]]]:
    """Every utterance of our servers with the schemas of its slots."""
    found = []
    with LiveServers(SERVERS, transport="inprocess") as live:
        for server in SERVERS:
            spoken = yaml.safe_load(Path(f"servers/{server}/utterances.yaml").read_text(encoding="utf-8"))
            for tool in live.tools(server):
                forms = spoken[tool["name"]]
                texts = (text for section in ("say", "follow_up", "vague") for text in forms.get(section, ()))
                found += [(text, tool["inputSchema"]["properties"]) for text in texts]
    return found


def kind_of(schema: Any) -> str | None:
    """Which kind of date a parameter asks for, told by its example."""
    text = json.dumps(schema)
    example = re.search(r"e\.g\. ([\d:T-]+)", text)
    dated = '"format": "date"' in text or '"pattern"' in text
    kinds = {10: "day", 16: "moment", 5: "time", 7: "month"}
    return kinds.get(len(example[1])) if dated and example else "day" if '"format": "date"' in text else None


@pytest.mark.parametrize("persona", PERSONAS)
def test_words_for_a_day_mean_that_day_and_no_other(persona: str) -> None:
    rng = random.Random(persona)
    for _ in range(10):
        today = date(2025, 1, 1) + timedelta(rng.randrange(1500))
        speaker = voice(persona, rng.randrange(999), f"{today}T12:00")
        for days in (*range(-15, 16), *rng.sample(range(-900, 900), 25)):
            value = (today + timedelta(days)).isoformat()
            words = speaker.value("date", DATE, value) or ""
            assert means(words, speaker.today) == {value}, (words, today)


@pytest.mark.parametrize("persona", PERSONAS)
def test_words_for_a_minute_a_time_of_day_and_a_month_mean_one_value(persona: str) -> None:
    speaker = voice(persona, 5)
    times = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 5, 30)]
    months = [f"{year}-{month:02d}" for year in (2024, 2025, 2026, 2027) for month in range(1, 13)]
    moments = [f"{date(2026, 6, 20) + timedelta(3 * n)}T{time}" for n, time in enumerate(times)]
    for schema, values in ((HOUR, times), (MONTH, months), (MINUTE, moments)):
        for value in values:
            words = speaker.value("when", schema, value) or ""
            assert means(words, NOW) == {value}, words


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("tomorrow", {"2026-08-19"}),
        ("Friday", {"2026-08-21"}),
        ("this friday", {"2026-08-21"}),
        ("next Friday", {"2026-08-21", "2026-08-28"}),
        ("Tuesday", {"2026-08-11", "2026-08-18", "2026-08-25"}),
        ("last Thursday", {"2026-08-13"}),
        ("Friday the 21st", {"2026-08-21"}),
        ("January 10", {"2027-01-10"}),
        ("18 February", {"2026-02-18", "2027-02-18"}),
        ("the 21st of this month", {"2026-08-21"}),
        ("29 February 2027", set()),
        ("8:15", {"08:15", "20:15"}),
        ("12 am", {"00:00", "12:00"}),
        ("noon tomorrow", {"2026-08-19T12:00"}),
        ("8 am on 2 June", {"2026-06-02T08:00"}),
        ("8 am on tomorrow", set()),
        ("November", {"2026-11"}),
        ("last month", {"2026-07"}),
        ("the day after never", set()),
    ],
)
def test_date_words_have_every_reading_that_english_gives_them(words: str, values: set[str]) -> None:
    assert means(words, NOW) == values


def test_last_weekday_is_ambiguous_when_it_was_this_week() -> None:
    assert means("last Monday", "2026-08-20T09:00") == {"2026-08-17", "2026-08-10"}


def test_mentions_finds_the_dates_in_a_message() -> None:
    found = mentions("Move it from Friday to 2 June at 8:15 am, please. See /notes/2024-01-05.txt", NOW)
    assert {"2026-08-21", "2026-06-02", "2026-06-02T08:15"} <= found
    assert "2026-08-18" not in found


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_date_slot_of_every_utterance_reads_right_and_can_be_decided(persona: str) -> None:
    wrong = re.compile(
        r"\b(?:on|at|in) (?:today|tomorrow|yesterday|the day (?:after|before)|this |last |next month)"
        r"|\b(?:at|in) (?:\w+day\b|the \d|\d+(?:st|nd|rd|th)? [A-Z]|[A-Z][a-z]+ \d{1,2}\b)"
        r"|\bthe the\b|\bon on\b|\bat on\b|\bon at\b|\bat at\b|month (?:last|this|November)"
        r"|\b(?:today|yesterday|tomorrow) occurrence|\bthe (?:today|yesterday|tomorrow|this|last) |  ",
        re.ASCII,
    )
    speaker, rng, seen = voice(persona, 2), random.Random(persona), 0
    for text, schemas in utterances():
        values = {slot: rng.choice(VALUES[kind]) for slot in SLOT.findall(text) if (kind := kind_of(schemas[slot]))}
        if not values:
            continue
        words = {slot: "Xx" for slot in SLOT.findall(text)}
        words |= {slot: speaker.value(slot, schemas[slot], value) or "" for slot, value in values.items()}
        said = speaker.fill(text, words, values)
        assert not wrong.search(re.sub("check-in", "arriving", said, flags=re.I)), said
        assert set(values.values()) <= mentions(said, NOW), said
        seen += len(values)
    assert seen > 200


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("What do I have on {x}?", "tomorrow", "What do I have tomorrow?"),
        ("What do I have on {x}?", "Friday", "What do I have on Friday?"),
        ("On {x} I need time.", "the day after tomorrow", "The day after tomorrow I need time."),
        ("We were out. On {x}, what was it?", "yesterday", "We were out. Yesterday, what was it?"),
        ("Skip it just on {x}.", "last Friday", "Skip it just last Friday."),
        ("Show all since {x}.", "yesterday", "Show all since yesterday."),
        ("Changed on or before {x}?", "tomorrow", "Changed on or before tomorrow?"),
        ("Cancel only the {x} occurrence.", "tomorrow", "Cancel only tomorrow's occurrence."),
        ("Cancel only the {x} occurrence.", "28 August", "Cancel only the 28 August occurrence."),
        ("Cancel only the {x} occurrence.", "the 28th of August", "Cancel only the 28th of August occurrence."),
        ("What was over in {x}?", "last month", "What was over last month?"),
        ("What was over in {x}?", "November", "What was over in November?"),
        ("Then close the month {x} too.", "last month", "Then close last month too."),
        ("Then close the month {x} too.", "July", "Then close the month of July too."),
        ("Add it at {x}.", "2 June at 8:15 am", "Add it on 2 June at 8:15 am."),
        ("Add it at {x}.", "8:15 am on 2 June", "Add it at 8:15 am on 2 June."),
        ("Add it at {x}.", "tomorrow at noon", "Add it tomorrow at noon."),
        ("Add it at {x}.", "2026-06-02 08:15", "Add it at 2026-06-02 08:15."),
        ("Move it to {x}.", "tomorrow at noon", "Move it to tomorrow at noon."),
        ("Add it on {x}.", "8:15 am on 2 June", "Add it at 8:15 am on 2 June."),
        ("Book it in {x}.", "18 August", "Book it on 18 August."),
        ("Book it, check-in {x}.", "today", "Book it, check-in today."),
        ("Hold it from {x} on.", "6 pm", "Hold it from 6 pm on."),
    ],
)
def test_prepositions_follow_the_words(text: str, words: str, said: str) -> None:
    value = min(means(words, NOW))
    assert voice("direct").fill(text, {"x": words}, {"x": value}) == said


def test_words_that_are_no_date_are_not_fitted_into_the_sentence() -> None:
    filled = voice("direct").fill("Look for it in {folder}.", {"folder": "tomorrow"}, {"folder": "tomorrow"})
    assert filled == "Look for it in tomorrow."


def test_a_value_that_opens_a_sentence_keeps_its_small_letter() -> None:
    assert voice("direct").fill("{path} is old.", {"path": "notes.txt"}, {"path": "notes.txt"}) == "notes.txt is old."
    assert voice("direct").fill("{room} is cold.", {"room": "the bedroom"}) == "The bedroom is cold."


def test_lengths_of_time_are_said_as_people_say_them_only_where_the_sentence_takes_them() -> None:
    def said(text: str) -> set[str]:
        return {voice("chatty", seed).fill(text, {"minutes": "90"}, {"minutes": 90}) for seed in range(30)}

    assert said("I need {minutes} minutes.") == {"I need 90 minutes.", "I need an hour and a half."}
    assert said("Find the first {minutes} minutes.") == {"Find the first 90 minutes."}
    assert said("A {minutes} minute call.") == {"A 90 minute call."}
    assert minutes_meant("For an hour and a half, or half an hour.") == {90, 30}


def test_values_are_said_by_what_their_schema_asks_for() -> None:
    speaker = voice("direct", 1)
    assert speaker.value("reason", {"enum": ["wrong_amount"]}, "wrong_amount") == "wrong amount"
    assert speaker.value("text", {"type": "string"}, "@m_vasquez") == "@m_vasquez"
    assert speaker.value("note", {"type": "string"}, "2026-08-19") == "2026-08-19"
    assert speaker.value("date", DATE, "2026-02-30") == "2026-02-30"
    assert speaker.value("names", {"items": {"type": "string"}}, ["Ann", "Bo", "Cy"]) == "Ann, Bo and Cy"
    assert speaker.value("names", {}, ["salt, pepper", "oil"]) == "'salt, pepper' and oil"
    assert speaker.value("celsius", {"description": "degrees"}, 21.5) == "21.5"
    for unsaid in (True, None, {"a": 1}, [], [{"a": 1}]):
        assert speaker.value("any", {}, unsaid) is None


@pytest.mark.parametrize("persona", PERSONAS)
def test_money_keeps_its_amount(persona: str) -> None:
    for amount in (200, 1200.5, 52000, 23.44, 0.5, 1234.567):
        words = voice(persona, 3).value("amount", {"description": "amount in euros"}, amount) or ""
        assert float(words.replace(",", "")) == amount


def test_names_of_entities_have_their_dates_reworded_but_not_their_quotes_and_paths() -> None:
    speaker = voice("careful", 1)
    assert "2026-08-19" not in speaker.phrase("the Roadmap handover on 2026-08-19")
    for kept in (
        "the file that says '2025-03-30,notebooks on 2025-03-30'",
        "the file /notes/of 2025-03-30.md",
        "minutes_2025-03-30.md",
        "the 18:40 flight",
    ):
        assert speaker.phrase(kept) == kept
    assert any("handover tomorrow" in voice("direct", n).phrase("the handover on 2026-08-19") for n in range(9))


def test_without_a_known_clock_dates_are_said_as_they_are_written() -> None:
    speaker = voice("chatty", today="")
    assert speaker.value("date", DATE, "2026-08-19") == "2026-08-19"
    assert speaker.fill("On {x}?", {"x": "2026-08-19"}, {"x": "2026-08-19"}) == "On 2026-08-19?"
    assert "{" not in "".join(speaker.query("Show it.") for _ in range(50))


def test_the_plain_persona_changes_nothing() -> None:
    speaker = voice("plain")
    for text, schemas in utterances():
        values = {slot: VALUES["day"][0] if kind_of(schemas[slot]) else "1200.5" for slot in SLOT.findall(text)}
        words = {slot: speaker.value(slot, schemas[slot], value) or "" for slot, value in values.items()}
        assert words == values
        raw = SLOT.sub(lambda slot, values=values: values[slot[1]], text)
        said = speaker.fill(text, words, values)
        assert said[1:] == raw[1:] and said[0].lower() == raw[0].lower()
        assert speaker.query(said, 0) == speaker.query(said, 1) == said


MESSAGES = [
    "What's in '/home/Sam/Draft notes.txt' and \"What's New, please?\"?",
    "Move 1,200.50 from ACC-49537 to Please Ltd.",
    "Tell @m_vasquez about #Thanks and sara.o@mail.example, I'd like that.",
    "Show me `SELECT I FROM t;` for IBM since 2026-08-01T08:00.",
    "Rename thanks.md to Thank-You.md. It's for I'm Fine Records.",
]
KEPT = [
    ["'/home/Sam/Draft notes.txt'", '"What\'s New, please?"'],
    ["1,200.50", "ACC-49537", "Please Ltd"],
    ["@m_vasquez", "#Thanks", "sara.o@mail.example"],
    ["`SELECT I FROM t;`", "IBM", "2026-08-01T08:00"],
    ["thanks.md", "Thank-You.md", "I'm Fine Records"],
]


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_persona_alters_quotes_ids_paths_numbers_and_kept_names(persona: str) -> None:
    for message, facts in zip(MESSAGES, KEPT, strict=True):
        for seed in range(40):
            said = voice(persona, seed).query(message, seed % 3, keep=["Please Ltd", "I'm Fine Records"])
            assert all(fact in said for fact in facts), said
            assert re.findall(r"\d+", said) == re.findall(r"\d+", message)


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_says_the_request_and_words_of_its_own_only(persona: str) -> None:
    word = re.compile(r"[a-z']+")
    own = personas()[persona].words.values()
    manners = [*own, stock()["short"].values(), stock()["contractions"].values()]
    known = set(word.findall(" ".join(text for texts in manners for text in texts).lower()))
    for text, _ in utterances()[::9]:
        message = SLOT.sub("Xx", text)
        said = voice(persona, len(text)).query(message, len(text) % 2)
        lost = set(word.findall(message.lower())) - set(word.findall(said.lower()))
        assert set(word.findall(said.lower())) - set(word.findall(message.lower())) <= known | {"morning"}, said
        assert all("'" in one or one in ("please", "thanks") for one in lost), (lost, said)


def test_most_messages_stay_unadorned_and_openings_vary() -> None:
    rng, bare, openings = random.Random(0), 0, []
    texts = [SLOT.sub("Xx", text) for text, _ in utterances()]
    for _ in range(3000):
        text = rng.choice(texts)
        said = Speaker(draw_persona(rng), NOW, rng).query(text)
        bare += said.rstrip(".").lower() == text.rstrip(".").lower()
        openings.append(" ".join(said.split()[:3]))
    assert 0.5 < bare / 3000 < 0.8
    assert max(map(openings.count, set(openings))) < 60


def test_the_same_generator_gives_the_same_words() -> None:
    def talk() -> list[str]:
        speaker = voice("chatty", 4)
        return [speaker.query("Show me the cards."), speaker.regret("pay"), speaker.answer(["the red one"])]

    assert talk() == talk()


@pytest.mark.parametrize("persona", PERSONAS)
def test_answers_hold_the_values_letter_by_letter(persona: str) -> None:
    for values in (["rent"], ["notes.txt", "Please Ltd"], ["half past it all."], ["200", "the red one"]):
        for seed in range(20):
            said = voice(persona, seed).answer(values)
            assert all(value.lower() in said.lower() for value in values)
            assert all(value in said for value in values if not value.startswith("the "))
            assert ".." not in said


@pytest.mark.parametrize("persona", PERSONAS)
def test_users_refer_back_and_take_a_no_in_complete_sentences(persona: str) -> None:
    speaker = voice(persona)
    assert all("payee" in way for way in speaker.recall("payee"))
    assert set(speaker.recall("payee")) <= set(speaker.recall("payee", alone=True))
    said = {speaker.regret("send money") for _ in range(40)} | {speaker.regret() for _ in range(40)}
    assert not any(re.search(r"[{}?]|\bto \.", text) for text in said)


@pytest.mark.parametrize(
    ("text", "keep", "goes_on"),
    [
        ("Planning is over.", [], "planning is over."),
        ("Green tea is sold out.", ["green tea"], "green tea is sold out."),
        ("Move 20 to Move Ltd.", ["Move Ltd"], "move 20 to Move Ltd."),
        ("Mira Holt owes me 20.", ["Mira Holt"], "Mira Holt owes me 20."),
        ("Mira's order is late.", ["the order of Mira"], "Mira's order is late."),
        ("Mira owes me 20.", None, "Mira owes me 20."),
        ("I'd go on Friday.", [], "I'd go on Friday."),
        ("Friday is too late.", [], "Friday is too late."),
        ("IBM is too dear.", [], "IBM is too dear."),
        ("'Planning' is over.", [], "'Planning' is over."),
    ],
)
def test_after_a_comma_a_request_goes_on_with_a_small_letter_unless_a_name_opens_it(text, keep, goes_on) -> None:
    said = {voice("chatty", seed).query(text, 0, keep) for seed in range(200)}
    assert any(one.startswith(f"Hey there, {goes_on}") for one in said)
    assert not any(re.search(rf", {re.escape(text)}", one) for one in said if text != goes_on)


def test_again_ties_a_request_to_the_last_one_once() -> None:
    tied = voice("direct").again("Show me the cards.")
    assert tied.endswith("show me the cards.") and tied != "show me the cards."
    assert voice("direct").again("And show me the cards.") == "And show me the cards."


def test_irrelevant_requests_are_many_and_complete() -> None:
    rng = random.Random(1)
    said = {speech.irrelevant(rng) for _ in range(4000)}
    assert len(stock()["irrelevant"]) >= 80 and len(said) > 2000
    assert not any(re.search(r"[{}]|\bNone\b", text) or text[0].islower() for text in said)


def test_irrelevant_requests_speak_of_nothing_a_server_deals_with() -> None:
    dealt = "account|invoice|email|calendar|event|meeting|message|channel|folder|file|device|lamp|thermostat|order|cart"
    dealt += "|refund|coupon|hotel|flight|trip|route|parking|charger|deal|lead|issue|sprint|listing|auction|hashtag"
    dealt += "|restaurant|shop|store|stock|budget|expense|payment|share price|remind|note down|save|book a|schedule"
    words = re.compile(rf"\b(?:{dealt})s?\b", re.I)
    texts = [*stock()["irrelevant"], *(text for texts in stock()["fillers"].values() for text in texts)]
    assert [text for text in texts if words.search(text.replace("chicken stock", ""))] == []


def test_the_assistant_says_no_in_many_ways_and_names_what_it_cannot_do() -> None:
    rng = random.Random(2)
    refusals = {speech.refusal(rng) for _ in range(600)}
    assert len(refusals) >= 20
    assert len({speech.cannot("send money", rng) for _ in range(400)}) >= 12
    assert all("send money" in speech.cannot("send money", rng) for _ in range(100))


def test_an_unknown_persona_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="persona 'pirate' is none of plain, direct"):
        voice("pirate")


def test_personas_are_drawn_by_weight() -> None:
    rng = random.Random(0)
    drawn = [draw_persona(rng) for _ in range(2000)]
    assert set(drawn) == set(PERSONAS) and drawn.count("direct") > drawn.count("older") > 0

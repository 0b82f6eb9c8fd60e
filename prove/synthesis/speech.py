"""One user's manner for a whole conversation, and what an assistant says that cannot help.

    query    "Move X to Y."   -> Hi, could you move X to Y?     a persona's manner; every fact stays letter by letter
    answer   the red one      -> It's the red one.
    recall   payee            -> that payee, the same payee, the payee from before
    cannot   send money       -> I have no tool to send money.

How the user says values: voice.py. **Ours**: the paper (3.2) names personas; what they are is decided in speech.yaml.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from prove.synthesis.dates import either
from prove.synthesis.personas import personas, stock
from prove.synthesis.sentences import capital, enumerated, joined, like, lower
from prove.synthesis.shield import FACTS, Shield
from prove.synthesis.voice import Voice
from prove.synthesis.wording import SLOT

ORDER = re.compile(r"(?P<do>(?P<verb>[A-Z][a-z]+)\b[^.?!;:]*?)(?:, please)?\.")
FIRST_WORD = re.compile(r"(?:^|(?<=[.?!:] ))[A-Z][a-z']*")
DETERMINED = re.compile(r"(?:the|my|our|an?|this|that) ")


class Speaker(Voice):
    """One user of one conversation: a voice, and the persona's habits around a request."""

    def __init__(self, persona: str, today: str, rng: random.Random):
        """`today`: the world's clock, "2026-03-14T09:30". ValueError for a persona that speech.yaml does not have."""
        if persona not in personas():
            raise ValueError(f"persona {persona!r} is none of {', '.join(personas())}")
        super().__init__(personas()[persona], today, rng)

    def query(self, text: str, turn: int = 0, keep: Sequence[str] | None = None) -> str:
        """A finished message in the persona's manner. `turn` counts the user's messages from 0.

        Quotes, ids, paths, numbers and the words in `keep` (names, titles) stay as they are; nothing is asked for
        that the message does not ask for. With `keep` given, any other first word may lose its capital: "Hi, planning
        is over"; without it only an everyday word does.
        """
        shield = Shield(text, FACTS, keep or ())
        told, leads = self._asked(self._expanded(shield.text)), "questions" if text.endswith("?") else "leads"
        told = self._continued(told, keep) if turn else self._opened(told, leads, keep)
        return shield.restore(self._typed(self._closed(told)))

    def again(self, text: str, keep: Sequence[str] | None = None) -> str:
        """A later request, tied to what went before: "And show me the cards." Left alone if it is tied already."""
        if re.match(either(stock()["tied"]) + r"\b", text, re.I):
            return text
        return joined(self._pick("again"), text, keep)

    def answer(self, values: Sequence[str]) -> str:
        """A short answer to a question: the words asked for, letter by letter, and next to nothing else."""
        told = enumerated(values, " and ")
        form = self._pick("answers" if len(values) == 1 else "answers_many")
        if told.endswith((".", "?", "!")):
            form = form.replace("{it}.", "{it}")
        first = DETERMINED.match(told) and form.startswith("{it}")
        shield = Shield(form.replace("{it}", capital(told) if first else told), FACTS, values)
        return shield.restore(self._typed(shield.text))

    def recall(self, noun: str, alone: bool = False) -> tuple[str, ...]:
        """Ways to refer back to an entity; "it" only where nothing else was mentioned (`alone`)."""
        ways = (*self.persona.words["recall"], *(self.persona.words["recall_alone"] if alone else ()))
        return tuple(way.replace("{noun}", noun) for way in ways)

    def regret(self, missing: str = "") -> str:
        """How the user takes it that something cannot be done. `missing`: what, as a verb phrase ("send money")."""
        forms = [form for form in self.persona.words["regrets"] if missing or "{missing}" not in form]
        shield = Shield(self.rng.choice(forms).replace("{missing}", missing), FACTS, [missing])
        return shield.restore(self._typed(shield.text))

    def _expanded(self, text: str) -> str:
        """Without contractions, for those who write that way."""
        if not self.does("expand"):
            return text
        for short, long in stock()["contractions"].items():
            text = re.sub(rf"\b{short}\b", lambda match, long=long: like(match[0], long), text, flags=re.I)
        return text

    def _asked(self, text: str) -> str:
        """An order of one sentence, asked more softly; anything else stays."""
        order = ORDER.fullmatch(text)
        if not order or order["verb"] not in stock()["verbs"] or "please" in text[:-8].lower() or not self.does("ask"):
            return text
        return self._pick("asks").replace("{do}", lower(order["do"])).replace("{Do}", order["do"])

    def _opened(self, text: str, leads: str, names: Sequence[str] | None) -> str:
        """With a greeting, or with a word ahead; a request of several sentences has its own already."""
        if not re.search(r"[.?!] ", text) and self.does("lead"):
            text = joined(self._pick(leads), text, names)
        if self.does("greet"):
            text = joined(self._pick("greetings").replace("{part}", self._part_of_day()), text, names)
        return text

    def _continued(self, text: str, names: Sequence[str] | None) -> str:
        if self.does("again"):
            text = self.again(text, names)
        return joined(self._pick("acknowledgements"), text, names) if self.does("acknowledge") else text

    def _closed(self, text: str) -> str:
        if "thank" in text.lower() or not self.does("close"):
            return text
        return f"{text if text.endswith(('.', '?', '!')) else text + '.'} {self._pick('closings')}"

    def _typed(self, text: str) -> str:
        """As it leaves the keyboard: small first letters, short spellings, no last full stop."""
        if self.does("shorten"):
            for long, short in stock()["short"].items():
                text = re.sub(rf"\b{long}\b", lambda match, short=short: like(match[0], short), text, flags=re.I)
        if self.does("lower"):
            text = FIRST_WORD.sub(lambda match: lower(match[0]), text)
        return text[:-1] if text.endswith(".") and self.does("no_stop") else text

    def _part_of_day(self) -> str:
        hour = int(self.today[11:13] or 0) if len(self.today) > 11 else None
        return "day" if hour is None else "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"

    def _pick(self, words: str) -> str:
        return self.rng.choice(self.persona.words[words])


def irrelevant(rng: random.Random) -> str:
    """A request that no tool of any server serves, in plain words."""
    text, fillers = rng.choice(stock()["irrelevant"]), stock()["fillers"]
    drawn: dict[str, str] = {}
    for slot in SLOT.findall(text):
        drawn[slot] = rng.choice([word for word in fillers[slot.rstrip("0123456789")] if word not in drawn.values()])
    return capital(SLOT.sub(lambda slot: drawn[slot[1]], text))


def refusal(rng: random.Random) -> str:
    """What the assistant answers to a request that no tool serves."""
    return rng.choice(stock()["refusals"])


def cannot(what: str, rng: random.Random) -> str:
    """What the assistant answers where the tool is missing. `what`: a verb phrase, such as "send money"."""
    return rng.choice(stock()["cannot"]).replace("{what}", what)

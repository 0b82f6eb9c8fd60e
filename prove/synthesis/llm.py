"""The served teacher: a language model writes both sides of a conversation, and everything it writes is checked.

    query    facts, context, persona, date, level  ->  {"message", "tools"}     refused: written again, with the reason
    act      talk, offered tools                   ->  calls | question | reply  refused: the machine regenerates
    answer   question, withheld values             ->  {"message"}
    recover  talk with the errors                  ->  other calls, or words: a graceful give-up

Paper, section 3.2 (3). Prompts are files in prompts/. **Ours:** a mistake that was drawn (a stumble) is put in the
place of a right call, as in the scripted teacher; the request that no tool serves is one of those of speech.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prove.synthesis import answers, speech
from prove.synthesis.answers import Limits
from prove.synthesis.asking import Asking, prompt, spoken
from prove.synthesis.context import Context, Contexts
from prove.synthesis.dataset import system
from prove.synthesis.endpoint import Endpoint, EndpointError
from prove.synthesis.errands import Errand, errand_of, missing_errand
from prove.synthesis.orchestrator import Calls, GiveUp, Invalid, Question, Reply
from prove.synthesis.recording import Completion
from prove.synthesis.slips import slip
from prove.synthesis.speech import Speaker
from prove.synthesis.talk import Talk
from prove.synthesis.toolbox import Toolbox
from prove.synthesis.trace import Trace

TOO_LONG = re.compile(r"context.{0,20}length|too long|maximum.{0,20}(length|tokens)", re.IGNORECASE)
"""How servers say that a prompt does not fit. Any other refusal is a wrong setup, and ends the run."""
EXAMPLES = ("Show me the list.", "Can you check that for me?", "Put it down for 2 pm.")
"""What a persona says in its manner to show it."""


@dataclass(frozen=True)
class Setting:
    """What all served teachers of a run share."""

    name: str
    endpoint: Endpoint
    contexts: Contexts
    limits: Limits
    regenerations: int
    """Answers to one prompt that are refused and written again."""
    sensitive: tuple[str, ...] = ()
    """Words in the names of parameters whose values must be traceable."""


class Model:
    """A teacher for one talk."""

    def __init__(self, setting: Setting, box: Toolbox, speaker: Speaker, lane: str, number: int = 0):
        """`lane`: the talk's own name, for the recording; `number`: which conversation it is."""
        self.name = setting.name
        self._setting = setting
        self._tools = box
        self._speaker = speaker
        self._lane = lane
        self._number = number
        self._trace = Trace(box.reading, box.functions)
        self._contexts: dict[str, Context] = {}
        self._pending = {"irrelevant", "missing"}
        self._errand = Errand()
        self._asked = False
        self._next: Calls | Invalid | None = None
        self._reason = ""
        """Why the last message was refused; the next prompt says it."""
        self._slipped: int | None = None
        """The wave of the turn in which the mistake was made; -1 once the turn is over."""
        self._gave_up = False
        self._manner = "\n".join(f"- {speaker.query(text)}" for text in EXAMPLES)

    # ---- the user

    def query(self, talk: Talk) -> str | None:
        self._look_around(talk)
        kind = self._due(talk)
        if kind:
            self._pending.remove(kind)
        self._gave_up, self._asked, self._next, self._reason = False, False, None, ""
        if kind == "irrelevant":
            self._errand = Errand(refused=True)
            talk.irrelevant_turn = len(talk.turns)
            return speech.irrelevant(talk.rng)
        errand = (missing_errand if kind else errand_of)(talk, self._tools, self._speaker)
        if errand is None:
            return None
        self._errand = errand
        asking = self._asking(talk)
        text = self._written(talk, asking.query, asking.request)
        if text is None:
            talk.dropped = talk.dropped or "invalid query"
        elif kind:
            talk.hidden.add(errand.goal)
        return text

    def answer(self, talk: Talk, question: str) -> str:
        """The user's answer; in the words of the facts themselves if the model will not say them."""
        asking = self._asking(talk)
        text = self._written(talk, asking.answer, asking.answered)
        return text or self._speaker.answer([one.words for one in self._errand.withheld.values()])

    def goes_on(self, talk: Talk) -> bool:
        return talk.served < talk.draw.requests or self._due(talk) is not None

    def _due(self, talk: Talk) -> str | None:
        """A request that nothing serves and whose place is here."""
        here = (kind for kind in ("irrelevant", "missing") if getattr(talk.draw, kind) == talk.served)
        return next((kind for kind in here if kind in self._pending), None)

    def _look_around(self, talk: Talk) -> None:
        """The contexts of all servers, before anything is changed."""
        for server in talk.servers if not talk.turns else ():
            box = self._tools
            known = (talk.live, box.catalog, box.functions, box.reading, server, talk.seed, self._number)
            self._contexts[server] = self._setting.contexts.of(*known)

    def _asking(self, talk: Talk) -> Asking:
        setting, errand = self._setting, self._errand
        functions = [self._tools.functions[tool] for tool in errand.tools]
        context = self._contexts[errand.server].fitting(functions).text(setting.contexts.chars)
        owner = self._tools.catalog.server_of
        tools = {name: one for name, one in self._offered(talk).items() if owner[name] == errand.server}
        return Asking(talk, errand, tools, context, self._manner, setting.limits)

    # ---- the assistant

    def act(self, talk: Talk) -> Calls | Question | Reply | Invalid | None:
        output, self._next = self._next or self._step(talk), None
        self._reason = output.reason if isinstance(output, Invalid) else ""
        return self._slip(talk, output) if isinstance(output, Calls) else output

    def recover(self, talk: Talk) -> GiveUp | None:
        """What the model does about the errors: calls wait for the next act, words are a give-up."""
        output = self._step(talk)
        if isinstance(output, Reply):
            return GiveUp(output.text)
        if output is None:
            return GiveUp()
        self._next = output if isinstance(output, Calls | Invalid) else None
        return None

    def settle(self, talk: Talk) -> bool:
        """Adds the turn to the ground truth. **Ours:** a turn in which nothing worked, or nothing new, is not kept."""
        if self._errand.refused:
            return True
        slipped = self._slipped is not None and self._slipped >= 0
        if slipped and talk.waves[self._slipped or 0].ok:
            talk.dropped = "the mistake was none"
        elif slipped and self._gave_up:
            talk.dropped = "the mistake was not corrected"
        elif talk.draw.stumble and self._slipped is None and talk.served + 1 == talk.draw.requests:
            talk.dropped = "no place for a mistake"
        elif not self._gave_up and not self._reached(talk):
            talk.dropped = "chain not realised"
        elif not self._trace.add(talk):
            talk.dropped = "nothing new was done"
        talk.served += 1
        self._slipped = -1 if slipped else self._slipped
        return talk.dropped is None

    def _reached(self, talk: Talk) -> bool:
        """Whether the goal was called, and worked."""
        done = [
            call.name for wave in talk.waves for call, result in zip(wave.calls, wave.results, strict=True) if result.ok
        ]
        return bool(done) and (not self._errand.goal or self._errand.goal in done)

    @property
    def _lacks(self) -> bool:
        return bool(self._errand.withheld) and not self._asked

    def _also(self, talk: Talk) -> str:
        """What this turn asks of the assistant beyond the usual."""
        if self._errand.refused:
            return prompt("refuse")
        if self._lacks:
            return prompt("clarify", missing=spoken(self._errand.withheld))
        return prompt("recover") if _failed(talk) else ""

    def _step(self, talk: Talk) -> Calls | Question | Reply | Invalid | None:
        """The model's next message, checked."""
        offered = self._offered(talk)
        again = prompt("again", reason=self._reason) if self._reason else ""
        told = prompt("act", date=system(talk.today), also=f"{self._also(talk)}\n{again}")
        messages = [{"role": "system", "content": told}, *talk.messages()]
        completion = self._complete(talk, messages, list(offered.values()))
        if completion is None:
            return None
        output = answers.step_of(completion, offered, self._setting.limits)
        match output:
            case Calls():
                return self._allowed(talk, output)
            case Reply(text):
                return self._ended(talk, text)
        return output

    def _allowed(self, talk: Talk, calls: Calls) -> Calls | Invalid:
        if self._errand.refused:
            return Invalid("a tool was called, but none serves this request")
        if self._lacks:
            return Invalid("a tool was called before the user was asked for what is missing")
        fault = answers.invented(talk, calls, self._setting.sensitive)
        return Invalid(fault) if fault else calls

    def _ended(self, talk: Talk, text: str) -> Question | Reply | Invalid:
        if self._lacks:
            self._asked = "?" in text
            return Question(text) if self._asked else Invalid("it does not ask for what is missing")
        if not talk.waves and not self._errand.refused:
            return Invalid("no tool was called, but the user has said all that is needed")
        if text.endswith("?"):
            return Invalid("it ends with a question")
        self._gave_up = _failed(talk)
        return Reply(text)

    def _slip(self, talk: Talk, calls: Calls) -> Calls:
        """The calls, or once per talk a mistaken one in the place of the first, where nothing would be done twice."""
        others = calls.calls[1:]
        if not talk.draw.stumble or self._slipped is not None or any(c.name not in self._tools.reading for c in others):
            return calls
        self._slipped = len(talk.waves)
        return Calls((slip(calls.calls[0], talk.draw.stumble, {}, self._tools, talk.rng), *others))

    # ---- the endpoint

    def _offered(self, talk: Talk) -> dict[str, dict[str, Any]]:
        """Function schemas of the conversation's servers by name, the hidden ones left out."""
        names = [name for server in talk.servers for name in self._tools.catalog.tools(server)]
        return {name: self._tools.functions[name] for name in names if name not in talk.hidden}

    def _written(self, talk: Talk, first: str, check: Callable[[dict[str, Any]], str | Invalid]) -> str | None:
        """The text of a JSON answer that passes its check; None if none of a few does."""
        said = first
        for _ in range(self._setting.regenerations + 1):
            completion = self._complete(talk, [{"role": "user", "content": said}])
            if completion is None:
                return None
            value = answers.object_of(completion)
            text = value if isinstance(value, Invalid) else check(value)
            if isinstance(text, str):
                return text
            said = f"{first}\n\n{prompt('again', reason=text.reason)}"
        return None

    def _complete(
        self, talk: Talk, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]] = ()
    ) -> Completion | None:
        """None for a prompt that the server says is too long. Raises EndpointError for all else that is no answer."""
        try:
            return self._setting.endpoint.complete(messages, tools, lane=self._lane)
        except EndpointError as error:
            if error.status in (400, 413, 422) and TOO_LONG.search(str(error)):
                talk.dropped = "too long for the model"
                return None
            raise


def _failed(talk: Talk) -> bool:
    """Whether a call of the last message was refused."""
    return bool(talk.waves) and not talk.waves[-1].ok

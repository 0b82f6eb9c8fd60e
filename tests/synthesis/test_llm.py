"""What a user of the served teacher may rely on; the model is a small local server that plays a sensible teacher."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from prove.schemas import compatible, properties_of, reads_only, required_of, to_openai
from prove.synthesis.answers import Limits
from prove.synthesis.context import Context, Contexts, sampling_context
from prove.synthesis.dataset import Written
from prove.synthesis.endpoint import Endpoint, EndpointError
from prove.synthesis.live import LiveServers
from prove.synthesis.llm import Model, Setting
from prove.synthesis.orchestrator import Bounds, Machine, State
from prove.synthesis.parts import Parts
from prove.synthesis.pipeline import Pipeline
from prove.synthesis.robustness import Knobs
from prove.synthesis.sampler import Catalog
from prove.synthesis.settings import Settings
from prove.synthesis.speech import Speaker
from prove.synthesis.talk import Draw, Talk
from prove.synthesis.teachers import endpoint_of
from prove.synthesis.toolbox import Toolbox
from prove.synthesis.writer import Writer
from prove.types import ToolResult
from tests.synthesis.stub_endpoint import Script, Slow, Status, StubEndpoint, says

CONF = Path(__file__).parents[2] / "conf"
SENSITIVE = ("pin", "token")
KNOBS = Knobs(offered=None, distractor_share=0.0, distractors=(0, 0), withheld=0.0)
SETTINGS = Settings(
    turns={2: 1.0},
    follow_up=0.0,
    attempts=40,
    max_calls=14,
    max_chars=40000,
    knobs=KNOBS,
    dated=True,
    verify=True,
    sensitive=SENSITIVE,
)
LOOKUPS = {"account_id": ("list_accounts", "name"), "payee_id": ("find_payee", "name")}
LOOKUPS |= {"card_id": ("list_cards", "last4")}
"""Parameter -> the tool that shows its ids, and the field by which people name the thing."""
PRICE = {"prompt": 1, "completion": 2}
SEED = 7


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServers]:
    with LiveServers(["banking"], transport="inprocess") as servers:
        yield servers


@pytest.fixture(scope="module")
def world(live: LiveServers) -> Toolbox:
    tools = {tool["name"]: tool for tool in live.tools("banking")}
    functions = {name: to_openai(tool) for name, tool in tools.items()}
    required = {name: set(required_of(function)) for name, function in functions.items()}
    reading = frozenset(name for name, tool in tools.items() if reads_only(tool))
    return Toolbox(Catalog(live), functions, required, reading)


class Banker:
    """Plays a sensible teacher of the bank: says the facts it is given, looks up what has a name, calls, reports."""

    def __init__(self) -> None:
        self.meant: dict[str, tuple[str, dict[str, str]]] = {}
        """What a message asks for: a tool and its arguments in words."""

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.act(request) if "tools" in request else self.speak(request["messages"][-1]["content"])

    def speak(self, prompt: str) -> dict[str, Any]:
        if "has asked for something" in prompt:
            return self.answer(prompt)
        facts = [json.loads(line) for line in prompt.splitlines() if line.startswith('{"tool": ')]
        goal = re.search(r"The request must need (\w+_\w+)", prompt)
        fact = next((one for one in facts if not goal or one["tool"] == goal[1]), None)
        if fact is None:
            return says("I would rather not.")
        words = [f"the {name.split('_')[0]}: {words}" for name, words in fact["arguments"].items()]
        message = ", ".join([f"Please {fact['tool'].replace('_', ' ')}", *words]) + "."
        self.meant[message] = (fact["tool"], fact["arguments"])
        return says(json.dumps({"message": message, "tools": [fact["tool"]]}))

    def answer(self, prompt: str) -> dict[str, Any]:
        first = next(json.loads(line)["content"] for line in prompt.splitlines() if line.startswith('{"role": "user"'))
        told = dict(re.findall(r"^- ([a-z ]+): (.*)$", prompt.split("How this user writes")[0], re.M))
        tool, said = self.meant[first]
        message = f"It is {' and '.join(told.values())}."
        self.meant[message] = (tool, {**said, **{name.replace(" ", "_"): words for name, words in told.items()}})
        return says(json.dumps({"message": message}))

    def act(self, request: dict[str, Any]) -> dict[str, Any]:
        told = request["messages"][0]["content"]
        if "leaves out what you need" in told:
            return says("What exactly, please?")
        if "None of your tools" in told:
            return says("I cannot do that here.")
        last = max(place for place, one in enumerate(request["messages"]) if one["role"] == "user")
        tool, words = self.meant[request["messages"][last]["content"]]
        results = [json.loads(one["content"]) for one in request["messages"][last:] if one["role"] == "tool"]
        made = [call["function"]["name"] for one in request["messages"][last:] for call in one.get("tool_calls", ())]
        if tool in made:
            return says("That is done.")
        function = next(one for one in request["tools"] if one["function"]["name"] == tool)
        arguments, lookups = arguments_of(function, words, results)
        calls = lookups or [(tool, arguments)]
        return says("", *[(name, json.dumps(values)) for name, values in calls])


def arguments_of(
    function: Mapping[str, Any], words: Mapping[str, str], results: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """The arguments meant by words, as far as results show their ids, and the look-ups that would show the others."""
    arguments, lookups = {}, []
    for name, said in words.items():
        kind = "account_id" if name.endswith("account_id") else name
        if spelt := re.search(r"\b[A-Z]{3}-\d+\b", said):
            arguments[name] = spelt[0]
        elif name not in properties_of(function):  # the PIN, for a token
            arguments["token"] = next((result["token"] for result in results if "token" in result), None)
            lookups += [] if arguments["token"] else [("issue_payment_token", {name: said})]
        elif kind in LOOKUPS:
            tool, shown = LOOKUPS[kind]
            rows = [row for result in results for rows in result.values() if isinstance(rows, list) for row in rows]
            arguments[name] = next((row[kind] for row in rows if kind in row and str(row.get(shown)) in said), None)
            lookups += [] if arguments[name] else [(tool, {"name": said} if tool == "find_payee" else {})]
        else:
            arguments[name] = typed(said, properties_of(function)[name])
    return arguments, list({json.dumps(one): one for one in lookups}.values())


def typed(words: str, schema: Mapping[str, Any]) -> Any:
    if not compatible(words, schema):
        return float(words)
    choices = json.dumps(schema)
    return words.replace(" ", "_") if f'"{words.replace(" ", "_")}"' in choices else words


def endpoint(url: str, **settings: Any) -> Endpoint:
    options: dict[str, Any] = {"timeout": 5, "retries": 0, "first_wait": 0.01, "longest_wait": 0.01, "concurrency": 4}
    options |= {
        "temperature": 0.7,
        "top_p": None,
        "max_tokens": 500,
        "price": {"prompt": 1, "completion": 2},
        "seed": 0,
    }
    return Endpoint("teacher", url, "", **options | {"rng": random.Random(0)} | settings)


def setting(asked: Endpoint) -> Setting:
    return Setting("a-model", asked, Contexts(20, 6000, 12), Limits(600, 1500, 8), 2, SENSITIVE)


def writer(live: LiveServers, asked: Endpoint, settings: Settings = SETTINGS) -> Writer:
    shared = setting(asked)
    return Writer(live, settings, 0, ["banking"], lambda world, speaker, lane: Model(shared, world, speaker, lane))


def written(live: LiveServers, asked: Endpoint, indices: list[int], settings: Settings = SETTINGS) -> list[Written]:
    one = writer(live, asked, settings)
    found = [one.write("train", index, SEED) for index in indices]
    assert None not in found, one.dropped
    return [example for example in found if example]


def played(live: LiveServers, world: Toolbox, script: Script, draw: Draw, rng: int = 0) -> tuple[Machine, StubEndpoint]:
    """One talk on the bank with a model that answers by the script."""
    session = live.open(["banking"], SEED)
    talk = Talk(session, ("banking",), SEED, draw, random.Random(rng), "2025-05-10T09:30")
    with StubEndpoint(script) as stub:
        model = Model(setting(endpoint(stub.url)), world, Speaker("plain", talk.today, random.Random(0)), "0:7:0:0")
        machine = Machine(talk, model, Bounds())
        machine.run()
    session.close()
    return machine, stub


def first(*answers: Any, then: Script, when: Callable[[dict[str, Any]], bool]) -> Script:
    """Some answers to the requests of a kind before a script answers them, as it does all others."""
    waiting = list(answers)
    return lambda request: waiting.pop(0) if waiting and when(request) else then(request)


def acting(request: dict[str, Any]) -> bool:
    return "tools" in request


def speaking(request: dict[str, Any]) -> bool:
    return "tools" not in request


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return says("", (name, json.dumps(arguments)))


def test_examples_of_a_served_model_are_grounded_and_play_again(live: LiveServers) -> None:
    with StubEndpoint(Banker()) as stub:
        asked = endpoint(stub.url)
        found = written(live, asked, list(range(4)))
    for one in found:
        truth = one.example.ground_truth
        session = live.open(["banking"], SEED)
        assert all(session.call(call.name, call.arguments).ok for call in truth.calls)
        session.close()
        assert one.example.knobs["teacher"] == "a-model"
        assert len(one.example.user_turns) == 2 and set(truth.turns) == {0, 1}
        assert all(turn.startswith("Please ") for turn in one.example.user_turns)
        assert [message["role"] for message in one.messages][:2] == ["system", "user"]
    assert any(one.example.ground_truth.edges for one in found)
    usage = asked.usage.row(len(found))
    assert usage["prompt_tokens"] == 10 * usage["requests"] > 0
    assert usage["per_1000_examples"]["cost"] > 0


def test_a_recording_gives_the_same_examples_without_the_server(live: LiveServers, tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    with StubEndpoint(Banker()) as stub:
        lived = written(live, endpoint(stub.url, record=tape), [0, 1, 2])
    asked = endpoint(stub.url, replay=tape)
    shared = setting(asked)

    def one(index: int) -> Written | None:
        teacher = lambda world, speaker, lane: Model(shared, world, speaker, lane)  # noqa: E731
        return Writer(live, SETTINGS, 0, ["banking"], teacher).write("train", index, SEED)

    with ThreadPoolExecutor(3) as threads:
        again = list(threads.map(one, [2, 1, 0]))[::-1]
    assert [example and example.to_json() for example in again] == [example.to_json() for example in lived]
    assert asked.usage.requests == asked.usage.replayed > 0


def test_an_endpoint_that_is_down_is_an_endpoint_error(live: LiveServers) -> None:
    with StubEndpoint(Banker()) as stub:
        url = stub.url
    with pytest.raises(EndpointError, match="no answer after 1 try"):
        writer(live, endpoint(url)).write("train", 0, SEED)


@pytest.mark.parametrize(
    "garbage, reason",
    [
        ("Sure! Here it is: transfer money", "it is not JSON alone"),
        ('["message"]', "it is not a JSON object"),
        ('{"message": "", "tools": ["freeze_card"]}', '"message" is missing or empty'),
        ('{"message": "Block it.", "tools": []}', '"tools" is missing or empty'),
        ('{"message": "Block it.", "tools": ["burn_card"]}', "there is no tool 'burn_card'"),
        ('{"message": "Block it.", "tools": [["freeze_card"]]}', "there is no tool"),
        ('{"message": "Block it.", "tools": ["list_cards"]}', "the request does not need freeze_card"),
        ('{"message": "Call freeze_card now.", "tools": ["freeze_card"]}', "the message names the tool freeze_card"),
        ('{"message": "Block CRD-00001.", "tools": ["freeze_card"]}', "CRD-00001 is not among the facts"),
        ('{"message": "%s", "tools": ["freeze_card"]}' % ("x " * 400), "the message has more than 600 characters"),
        ('{"message": "Block \\ud800 it.", "tools": ["freeze_card"]}', "the message has characters that are no text"),
        ("[" * 50_000, "it is not JSON alone"),
    ],
    ids=range(12),
)
def test_a_request_that_cannot_be_used_is_written_again_with_the_reason(
    live: LiveServers, world: Toolbox, garbage: str, reason: str
) -> None:
    script = first(says(garbage), then=Banker(), when=speaking)
    machine, stub = played(live, world, script, Draw(1, chain=("freeze_card",)))
    prompts = [request["messages"][-1]["content"] for request in stub.requests if speaking(request)]
    assert machine.talk.dropped is None
    assert len(prompts) == 2
    assert prompts[1].startswith(prompts[0])
    assert f"could not be used: {reason}" in prompts[1]


def test_a_model_that_writes_garbage_only_is_given_up_after_a_few_tries(live: LiveServers, world: Toolbox) -> None:
    machine, stub = played(live, world, lambda request: says("{"), Draw(1, chain=("freeze_card",)))
    assert (machine.talk.dropped, len(stub.requests)) == ("invalid query", 3)


@pytest.mark.parametrize(
    "act, reason",
    [
        (call("get_account", account_id="ACC-00001"), "nobody said or showed account_id 'ACC-00001'"),
        (call("issue_payment_token", pin="1234"), "nobody said or showed pin '1234'"),
        (call("burn_card"), "there is no tool 'burn_card'"),
        (call("freeze_card"), "freeze_card: card_id is missing"),
        (call("freeze_card", card_id=7), "freeze_card: card_id has the wrong type"),
        (call("list_cards", colour="red"), "list_cards has no parameter 'colour'"),
        (says("", ("freeze_card", "{not json")), "a call cannot be read"),
        (says("", *[("list_cards", "{}")] * 9), "more than 8 calls"),
        (says("It is blocked."), "no tool was called"),
        (says(""), "it has no call"),
        (says('{"card_id": "x"}'), "markup or JSON"),
        (says("I will now", reason="length"), "it was too long"),
    ],
    ids=range(12),
)
def test_calls_and_replies_that_cannot_be_used_never_reach_the_server(
    live: LiveServers, world: Toolbox, act: dict[str, Any], reason: str
) -> None:
    machine, stub = played(live, world, first(act, then=Banker(), when=acting), Draw(1, chain=("freeze_card",)))
    acts = [request["messages"][0]["content"] for request in stub.requests if acting(request)]
    assert machine.path.count(State.INVALID) == 1
    assert machine.talk.dropped is None
    assert "could not be used" not in acts[0] and reason in acts[1]
    assert all(wave.ok for wave in machine.talk.all_waves)
    stubborn, _ = played(live, world, first(*[act] * 9, then=Banker(), when=acting), Draw(1, chain=("freeze_card",)))
    assert stubborn.talk.dropped == "invalid output"
    assert not stubborn.talk.all_waves


def test_a_failed_call_that_is_corrected_leaves_only_the_good_one(live: LiveServers, world: Toolbox) -> None:
    def script(request: dict[str, Any]) -> Any:
        if acting(request) and len(request["messages"]) == 2:
            return call("search_transactions", merchant="Bakery", after="2025-05-10", before="2025-05-01", limit=500)
        return banker(request)

    banker = Banker()
    machine, stub = played(live, world, script, Draw(1, chain=("freeze_card",)))
    talk = machine.talk
    assert talk.dropped is None
    assert State.RECOVER in machine.path
    assert [result.ok for result in talk.all_waves[0].results] == [False]
    assert {"freeze_card"} <= talk.tools <= {"list_cards", "freeze_card"}
    assert "A call failed" in stub.requests[2]["messages"][0]["content"]


def gives_up(request: dict[str, Any]) -> Any:
    """Looks at the accounts, tries to move more than there is, and says so."""
    if speaking(request):
        message = "Move 900000 from my checking account to my savings account."
        return says(json.dumps({"message": message, "tools": ["transfer_between_accounts"]}))
    shown = [one["content"] for one in request["messages"] if one["role"] == "tool"]
    if not shown:
        return call("list_accounts")
    if len(shown) == 1:
        rows = [row for row in json.loads(shown[0])["accounts"] if row["currency"] == "EUR"]
        source, target = rows[0]["account_id"], rows[1]["account_id"]
        return call("transfer_between_accounts", from_account_id=source, to_account_id=target, amount=900000)
    return says("There is not enough money in that account.")


def test_a_graceful_give_up_is_kept_with_what_worked(live: LiveServers, world: Toolbox) -> None:
    machine, _ = played(live, world, gives_up, Draw(1, chain=("transfer_between_accounts",)))
    talk = machine.talk
    assert talk.dropped is None
    assert machine.path[-4:] == [State.RECOVER, State.RESPOND, State.CONTINUE, State.KEPT]
    assert [[call.name for call in step.calls] for step in talk.steps] == [["list_accounts"]]
    assert talk.turns[0].reply == "There is not enough money in that account."


def test_a_give_up_in_which_nothing_worked_is_not_kept(live: LiveServers, world: Toolbox) -> None:
    banker = Banker()
    answers = [call("search_transactions", limit=500), says("That cannot be done.")]
    script = first(*answers, then=banker, when=acting)
    machine, _ = played(live, world, script, Draw(1, chain=("freeze_card",)))
    assert machine.talk.dropped == "nothing new was done"


@pytest.mark.parametrize("level", ["missing_required", "minimal"])
@pytest.mark.parametrize("rng", range(3))
def test_what_a_request_leaves_out_is_asked_for_and_answered(
    live: LiveServers, world: Toolbox, level: str, rng: int
) -> None:
    chain = ("transfer_between_accounts",)
    machine, stub = played(live, world, Banker(), Draw(1, level=level, chain=chain), rng)
    talk = machine.talk
    assert talk.dropped is None
    assert [len(turn.waves) > 0 for turn in talk.turns] == [False, True]
    assert talk.turns[0].reply == "What exactly, please?"
    assert set(talk.step_turns) == {1}
    answers = [request for request in stub.requests if "has asked" in request["messages"][-1]["content"]]
    assert len(answers) == 1
    facts = [line for line in stub.requests[0]["messages"][-1]["content"].splitlines() if line.startswith('{"tool"')]
    given = json.loads(facts[0])["arguments"]
    lacking = {"from_account_id", "to_account_id", "amount"} - set(given)
    assert len(lacking) == (3 if level == "minimal" else 1)
    assert all("ACC-" not in line for line in facts[1:])


def test_nothing_is_called_before_what_is_missing_was_asked_for(live: LiveServers, world: Toolbox) -> None:
    for early in (call("list_cards"), says("Tell me more.")):
        script = first(early, then=Banker(), when=acting)
        machine, _ = played(live, world, script, Draw(1, level="minimal", chain=("freeze_card",)))
        assert machine.path.count(State.INVALID) == machine.path.count(State.CLARIFY) == 1
        assert machine.talk.dropped is None and not machine.talk.turns[0].waves


def test_a_request_that_gives_what_it_must_leave_out_is_refused(live: LiveServers, world: Toolbox) -> None:
    banker, told = Banker(), []

    def script(request: dict[str, Any]) -> Any:
        if speaking(request) and not told:
            told.append(request)
            return says(json.dumps({"message": f"Get me a token, my PIN is {pin}.", "tools": ["issue_payment_token"]}))
        return banker(request)

    session = live.open(["banking"], SEED)
    ask = world.catalog.ask(session, random.Random(0), SEED, "issue_payment_token")
    session.close()
    assert ask is not None
    pin = ask.arguments["pin"]
    machine, stub = played(live, world, script, Draw(1, level="minimal", chain=("issue_payment_token",)))
    assert "the message gives pin, which it must leave out" in stub.requests[1]["messages"][-1]["content"]
    assert machine.talk.dropped is None
    assert pin in machine.talk.turns[1].user


def test_requests_that_nothing_serves_are_refused_in_words(live: LiveServers, world: Toolbox) -> None:
    machine, stub = played(live, world, Banker(), Draw(1, chain=("freeze_card",), irrelevant=0, missing=1))
    talk = machine.talk
    last = [tool["function"]["name"] for tool in stub.requests[-1]["tools"]]
    assert talk.dropped is None
    assert [len(turn.waves) > 0 for turn in talk.turns] == [False, True, False]
    assert len(talk.hidden) == 1 and not talk.hidden & {*talk.tools, *last}
    assert set(talk.step_turns) == {1}


def test_a_call_for_a_request_that_nothing_serves_is_refused(live: LiveServers, world: Toolbox) -> None:
    script = first(call("list_cards"), then=Banker(), when=acting)
    machine, _ = played(live, world, script, Draw(1, chain=("freeze_card",), irrelevant=0))
    assert machine.path.count(State.INVALID) == 1
    assert machine.talk.dropped is None


@pytest.mark.parametrize("kind", ["argument", "other_tool"])
def test_a_mistake_that_is_drawn_is_made_once_and_never_in_the_ground_truth(
    live: LiveServers, world: Toolbox, kind: str
) -> None:
    banker = Banker()

    def script(request: dict[str, Any]) -> Any:
        failed = acting(request) and "A call failed" in request["messages"][0]["content"]
        if not failed:
            return banker(request)
        last = max(place for place, one in enumerate(request["messages"]) if one["role"] == "assistant")
        return banker({**request, "messages": request["messages"][:last]})

    machine, _ = played(live, world, script, Draw(1, chain=("freeze_card",), stumble=kind), rng=3)
    talk = machine.talk
    assert talk.dropped is None
    assert sum(not result.ok for wave in talk.all_waves for result in wave.results) == 1
    assert all(each.name in ("list_cards", "freeze_card") for each in talk.ground_truth.calls)


def test_the_chain_is_shared_out_over_the_requests(live: LiveServers, world: Toolbox) -> None:
    machine, stub = played(live, world, Banker(), Draw(2, chain=("list_accounts", "get_account", "freeze_card")))
    goals = [re.search(r"must need (.*)\.", one["messages"][-1]["content"]) for one in stub.requests if speaking(one)]
    assert [goal and goal[1] for goal in goals] == ["get_account, with list_accounts on the way to it", "freeze_card"]
    assert machine.talk.dropped is None


def test_a_handed_over_id_is_an_edge_and_one_the_user_said_is_none(live: LiveServers, world: Toolbox) -> None:
    edges = set()
    for rng in range(6):
        script = first(call("list_cards"), then=Banker(), when=acting)
        machine, _ = played(live, world, script, Draw(1, chain=("freeze_card",)), rng)
        talk, user = machine.talk, machine.talk.turns[0].user
        assert talk.dropped is None
        edges.add(("CRD-" in user, tuple(talk.edges)))
    assert edges == {(True, ()), (False, ((0, 1),))}


def test_what_was_read_twice_is_one_step(live: LiveServers, world: Toolbox) -> None:
    script = first(call("list_cards"), call("list_cards"), then=Banker(), when=acting)
    machine, _ = played(live, world, script, Draw(1, chain=("freeze_card",)))
    assert [len(wave.calls) for wave in machine.talk.all_waves] == [1, 1, 1]
    assert [[call.name for call in step.calls] for step in machine.talk.steps] == [["list_cards"], ["freeze_card"]]


def test_the_configuration_of_a_served_teacher_makes_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks are written by threads, and two of them may ask at once."""
    banker = Banker()
    with StubEndpoint(lambda request: Slow(0.005, banker(request))) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        choices = ["teacher=gemma-4-31b", "synthesis=tiny", "servers=banking", "chunk=1", "sensitive=[pin,token]"]
        choices += ["teacher.endpoint.concurrency=2", "splits.train.multi_turn=6"]
        choices += ["splits.validation.multi_turn=0", "splits.heldout.multi_turn=0"]
        with initialize_config_dir(str(CONF), version_base="1.3"):
            cfg = OmegaConf.to_container(compose("synthesize", choices), resolve=True)
        split = Pipeline(cfg, Parts(tmp_path, cfg), {}).run()["train"]
        usage = endpoint_of(cfg).usage
    assert len(split.written) == 6 and not split.short
    assert {one.example.knobs["teacher"] for one in split.written} == {"gemma-4-31b"}
    assert usage.requests == len(stub.requests) > 0
    assert stub.peak == 2


def test_a_value_is_handed_over_by_the_first_step_that_shows_it(live: LiveServers, world: Toolbox) -> None:
    def script(request: dict[str, Any]) -> Any:
        if speaking(request):
            return says(json.dumps({"message": "How much is on my everyday account?", "tools": ["get_account"]}))
        shown = [json.loads(one["content"]) for one in request["messages"] if one["role"] == "tool"]
        if len(shown) < 2:
            return call(("list_accounts", "list_cards")[len(shown)])
        here = {row["account_id"] for row in shown[0]["accounts"]} & {row["account_id"] for row in shown[1]["cards"]}
        return call("get_account", account_id=min(here)) if len(shown) == 2 else says("There is enough on it.")

    machine, _ = played(live, world, script, Draw(1, chain=("get_account",)))
    assert machine.talk.dropped is None
    assert machine.talk.edges == [(0, 2)]


def test_a_prompt_that_is_too_long_drops_the_conversation_and_any_other_refusal_ends_the_run(
    live: LiveServers, world: Toolbox
) -> None:
    words = "This model's maximum context length is 100 tokens. However, you requested 200."
    too_long = first(Status(400, json.dumps({"error": {"message": words}})), then=Banker(), when=acting)
    machine, _ = played(live, world, too_long, Draw(1, chain=("freeze_card",)))
    assert machine.talk.dropped == "too long for the model"
    refused = first(Status(400, '{"error": {"message": "tool choice is not enabled"}}'), then=Banker(), when=acting)
    with pytest.raises(EndpointError, match="tool choice is not enabled"):
        played(live, world, refused, Draw(1, chain=("freeze_card",)))


def context(live: LiveServers, world: Toolbox, number: int = 0, rows: int = 12) -> Context:
    session = live.open(["banking"], SEED)
    try:
        contexts = Contexts(20, 6000, rows)
        known = (world.catalog, world.functions, world.reading, "banking", SEED, number)
        return contexts.of(session, *known)
    finally:
        session.close()


def test_the_context_shows_rows_of_the_live_world_within_its_budget(live: LiveServers, world: Toolbox) -> None:
    found = context(live, world)
    session = live.open(["banking"], SEED)
    accounts = {row["account_id"]: row for row in session.read("list_accounts", {})["accounts"]}
    session.close()
    rows = [row for one in found.samples if one.tool == "list_accounts" for row in one.rows]
    assert rows and all(row == accounts[row["account_id"]] for row in rows)
    assert {one.tool for one in found.samples} <= world.reading
    for chars in (300, 1000, 6000):
        text = found.text(chars)
        assert 0 < len(text) <= chars
        assert all(json.loads(line)["rows"] for line in text.splitlines())


def test_the_context_of_a_chain_leaves_out_what_does_not_fit(live: LiveServers, world: Toolbox) -> None:
    found = context(live, world)
    fitting = found.fitting([world.functions["freeze_card"]])
    assert "list_cards" in {one.tool for one in fitting.samples}
    assert "find_payee" not in {one.tool for one in fitting.samples}
    assert found.fitting([{"function": {"name": "unknown"}}]) == found


def test_the_context_is_drawn_anew_every_twenty_conversations(live: LiveServers, world: Toolbox) -> None:
    few = {number: context(live, world, number, rows=2) for number in (0, 19, 20)}
    assert few[0] == few[19] != few[20]


def test_rows_with_nothing_to_say_are_left_out() -> None:
    rows = [{"id": "A-1", "balance": 3, "cards": ["x"]}, {"id": "A-2", "balance": 0, "cards": [], "note": ""}]

    class Session:
        def call(self, name: str, arguments: dict[str, Any]) -> Any:
            return ToolResult(True, json.dumps({"accounts": rows}))

    class OneTool:
        def tools(self, server: str) -> list[str]:
            return ["list_accounts"]

    found = sampling_context(
        Session(), OneTool(), {"list_accounts": {"function": {}}}, ["list_accounts"], random.Random(0), "bank", 1, 9
    )  # type: ignore[arg-type]
    assert [row["id"] for one in found.samples for row in one.rows] == ["A-1"]

"""Runs in tau2-bench's environment, never in ours: its command line, with two agents and a user beside its own.

PYTHON -P inside.py run --domain retail --agent prove_gold --user prove_script …

    prove_gold      makes the calls of the task's evaluation_criteria and says its communicate_info
    prove_nothing   says that it cannot help
    prove_script    the user of both: makes the user's calls when they are next, then ends the conversation

TAU2_PROVE in the environment is a JSON object: keys {base URL: API key}, judge {model, arguments}, "none" or null (the
harness's own). Keys are taken out of the environment before anything else is loaded and are in no result file.
Only Python's standard library and tau2 are at hand here.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time

SETTINGS = "TAU2_PROVE"
STOP = "###STOP###"


class Script:
    """The calls that are left of one task, and what the agent says at the end."""

    here = threading.local()  # a task's agent and user are made in one thread, one after the other

    def __init__(self, actions, says):
        self.left, self.says, self.said = list(actions), says, False
        Script.here.now = self

    def take(self, requestor):
        """The next call if it is this side's, else None."""
        if self.left and self.left[0].requestor == requestor:
            return self.left.pop(0)
        return None


def register() -> None:
    """Puts our agents and our user where the command line finds them."""
    from tau2.agent.base_agent import HalfDuplexAgent
    from tau2.data_model.message import AssistantMessage, ToolCall, UserMessage
    from tau2.registry import registry
    from tau2.user.user_simulator_base import HalfDuplexUser

    def call(message, role, action):
        made = ToolCall(id=action.action_id, name=action.name, arguments=action.arguments, requestor=action.requestor)
        return message(role=role, content=None, tool_calls=[made])

    class Quiet:
        """Neither draws anything nor keeps a state."""

        def set_seed(self, seed):
            pass

        def get_init_state(self, message_history=None):
            return []

    class Agent(Quiet, HalfDuplexAgent):
        def __init__(self, tools, domain_policy, script):
            super().__init__(tools=tools, domain_policy=domain_policy)
            self.script = script

        def generate_next_message(self, message, state):
            if action := self.script.take("assistant"):
                return call(AssistantMessage, "assistant", action), state
            if self.script.left:
                return AssistantMessage(role="assistant", content="Please do the next step."), state
            self.script.said = True
            return AssistantMessage(role="assistant", content=self.script.says), state

    class User(Quiet, HalfDuplexUser):
        def __init__(self, instructions=None, tools=None, llm=None, llm_args=None):
            super().__init__(instructions=instructions, tools=tools)
            self.script = Script.here.now

        def generate_next_message(self, message, state):
            if action := self.script.take("user"):
                return call(UserMessage, "user", action), state
            return UserMessage(role="user", content=STOP if self.script.said else "Please go on."), state

    def gold(tools, domain_policy, task=None, **_):
        criteria = task.evaluation_criteria
        facts = criteria.communicate_info or []
        return Agent(tools, domain_policy, Script(criteria.actions or [], f"That is all done. {' '.join(facts)}"))

    def nothing(tools, domain_policy, **_):
        return Agent(tools, domain_policy, Script([], "I cannot help with that."))

    registry.register_agent_factory(gold, "prove_gold")
    registry.register_agent_factory(nothing, "prove_nothing")
    registry.register_user(User, "prove_script")


def choose_judge(judge) -> None:
    """Who judges natural-language assertions; "none" takes every assertion as met."""
    from tau2.data_model.simulation import NLAssertionCheck
    from tau2.evaluator import evaluator_nl_assertions as judging

    if judge == "none":

        def unjudged(cls, trajectory, nl_assertions):
            return [NLAssertionCheck(nl_assertion=one, met=True, justification="not judged") for one in nl_assertions]

        judging.NLAssertionsEvaluator.evaluate_nl_assertions = classmethod(unjudged)
    elif judge:
        judging.DEFAULT_LLM_NL_ASSERTIONS = judge["model"]
        judging.DEFAULT_LLM_NL_ASSERTIONS_ARGS = judge["arguments"]


def give_keys(keys) -> None:
    """Each endpoint its own key, at the moment of asking: arguments of a model are written into the results."""
    from tau2.utils import llm_utils

    ask = llm_utils.completion

    def keyed(**options):
        if options.get("api_base") in keys:
            options["api_key"] = keys[options["api_base"]]
        return ask(**options)

    llm_utils.completion = keyed


def end_with(parent: int) -> None:
    """Ends this process when the one that started it is gone, so that nothing goes on writing into its folder."""

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    end_with(os.getppid())
    settings = json.loads(os.environ.pop(SETTINGS, "{}"))
    from tau2 import cli

    register()
    choose_judge(settings.get("judge"))
    give_keys(settings.get("keys", {}))
    sys.exit(cli.main())


if __name__ == "__main__":
    main()

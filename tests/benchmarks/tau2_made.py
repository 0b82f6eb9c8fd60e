"""A checkout that looks like tau2-bench's, and a program that behaves as its command line does.

The program reads fake.json beside the checkout's data: task -> how its simulations end, one after the other for each
trial. It writes results.json as v1.0.1 does: simulations it has are not run again, those given up are.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = f"""#!{sys.executable}
import argparse, json, os, pathlib, sys
assert sys.argv[1] == "-P" and sys.argv[2].endswith("inside.py") and sys.argv[3] == "run", sys.argv
words = argparse.ArgumentParser()
for name in ("domain", "agent", "agent-llm", "agent-llm-args", "user", "user-llm", "user-llm-args", "save-to"):
    words.add_argument("--" + name)
for name in ("num-trials", "max-steps", "max-concurrency", "seed"):
    words.add_argument("--" + name, type=int)
words.add_argument("--log-level")
words.add_argument("--auto-resume", action="store_true")
words.add_argument("--task-ids", nargs="+")
given = words.parse_args(sys.argv[4:])
data = pathlib.Path(os.environ["TAU2_DATA_DIR"])
fake = json.loads((data / "fake.json").read_text())
seen = dict(vars(given), settings=json.loads(os.environ["TAU2_PROVE"]), names=sorted(os.environ), where=os.getcwd())
(data / "seen.json").write_text(json.dumps(seen))
path = pathlib.Path(given.save_to, "results.json")
path.parent.mkdir(parents=True, exist_ok=True)
before = json.loads(path.read_text())["simulations"] if path.exists() else []
kept = [one for one in before if one["termination_reason"] != "infrastructure_error"]
done = {{(one["task_id"], one["trial"]) for one in kept}}
left = fake.get("stop_after", 999)
for trial in range(given.num_trials):
    for task in given.task_ids:
        if (task, trial) in done:
            continue
        if not left:
            sys.exit(3)
        left -= 1
        ways = fake["ways"].get(given.domain + "/" + task, [{{"reward": 0}}])
        way = ways[trial % len(ways)]
        if given.agent == "prove_gold":
            way = {{"reward": 1}}
        reward = way.get("reward")
        db = {{"db_match": bool(reward), "db_reward": reward}}
        scored = None if reward is None else {{"reward": reward, "db_check": db}}
        one = {{"id": "x", "task_id": task, "trial": trial, "seed": 1, "reward_info": scored, "info": way.get("info"),
               "termination_reason": way.get("reason", "user_stop"), "messages": way.get("messages", [])}}
        kept.append(one)
        tasks = [{{"id": name}} for name in given.task_ids]
        path.write_text(json.dumps({{"info": {{}}, "tasks": tasks, "simulations": kept}}))
"""

ASKED = "    agent_msg, self.agent_state = self.agent.generate_next_message(\n"
USED = "    user_msg.validate()\n"


def given_up(kind: str, trace: str, error: str = "it went wrong") -> dict[str, Any]:
    """A simulation that the harness gave up, as runner/progress.py writes it."""
    info = {"error": error, "error_type": kind, "error_traceback": f"Traceback …\n{trace}", "failed_after_attempts": 4}
    return {"reason": "infrastructure_error", "info": info}


def checkout(folder: Path, ways: dict[str, Any], **further: Any) -> tuple[Path, str]:
    """The checkout, a git repository of three tasks a domain, and its commit."""
    for domain in ("airline", "retail", "telecom"):
        place = folder / "data" / "tau2" / "domains" / domain
        place.mkdir(parents=True)
        (place / "split_tasks.json").write_text(json.dumps({"base": ["0", "1", "2"], "test": ["0"]}))
    (folder / "src" / "tau2").mkdir(parents=True)
    fake(folder, ways, **further)
    program = folder / "program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    for words in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "made by hand")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return folder, head.stdout.strip()


def fake(folder: Path, ways: dict[str, Any], **further: Any) -> None:
    (folder / "data" / "fake.json").write_text(json.dumps({"ways": ways, **further}))


def seen(folder: Path) -> dict[str, Any]:
    """What the program was started with last."""
    return json.loads((folder / "data" / "seen.json").read_text())

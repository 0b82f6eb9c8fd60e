"""Turns the suite's check files into results.csv: one row per target, revision and scenario.

usage: collect.py RESULTS_DIR > results.csv          RESULTS_DIR/TARGET/REVISION/server-SCENARIO-TIME/checks.json
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

NOT_OFFERED = {
    "resources-": "resources are not offered",
    "sep-2164-resource": "resources are not offered",
    "prompts-": "prompts are not offered",
    "caching": "prompts and resources are not offered; tools/list passes",
    "completion-": "completion is not offered",
    "logging-": "logging is not offered",
    "tools-call-with-logging": "logging is not offered",
    "tasks-": "the tasks extension is not offered",
    "input-required-": "no tool asks the client back",
    "server-sse-multiple-streams": "stateless: there is no transport session to open streams in",
}
FIXTURES = ("unknown tool", "Not testable", "not found. Available")


def main() -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["target", "revision", "scenario", "passed", "failed", "verdict", "why"])
    for path in sorted(Path(sys.argv[1]).glob("*/*/server-*/checks.json")):
        target, revision, folder = path.parts[-4:-1]
        scenario = re.sub(r"^server-(.*)-\d{4}-\d\d-\d\dT.*$", r"\1", folder)
        checks = json.loads(path.read_text())
        passed = sum(check["status"] == "SUCCESS" for check in checks)
        bad = [str(check.get("errorMessage")) for check in checks if check["status"] in ("FAILURE", "WARNING")]
        out.writerow([target, revision, scenario, passed, len(bad), *verdict(scenario, passed, bad)])


def verdict(scenario: str, passed: int, bad: list[str]) -> tuple[str, str]:
    """A scenario fails if one of its checks failed for another reason than a feature or a tool we do not have."""
    if not bad:
        return ("pass", "") if passed else ("does not apply", "the suite ran no check")
    for prefix, why in NOT_OFFERED.items():
        if scenario.startswith(prefix):
            return "does not apply", why
    ours = [message for message in bad if not any(text in message for text in FIXTURES)]
    return ("FAIL", ours[0][:120]) if ours else ("does not apply", "needs fixture tools of the suite; the rest passes")


if __name__ == "__main__":
    main()

"""Our environments and others on the same tasks: what is missing in results.csv is measured, then tables and pictures.

python -m experiments.side_by_side.run [quick=true] [competitors=[stdio,plain]] [measures=[calls]] [alone=[]] […]

settings.yaml has every choice. Each competitor runs in a process of its own; a figure is kept when it is measured, so
the same command continues after an interruption. Nothing else should run on the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from tqdm import tqdm

from experiments.side_by_side import plots, results, table
from experiments.side_by_side.measures import MEASURES, Sample
from experiments.side_by_side.one import ALONE, PLACES
from experiments.side_by_side.tasks import episodes_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = ("verifiers",)
"""Competitors that run in the environment of requirements-peers.txt."""
CANNOT = 2


def settings_of(words: Sequence[str]) -> dict[str, Any]:
    """settings.yaml, quick.yaml over it if asked for, then the words. ValueError: a word is wrong."""
    try:
        given = OmegaConf.from_cli(list(words))
        node = OmegaConf.load(HERE / "settings.yaml")
        OmegaConf.set_struct(node, True)
        if given.get("quick"):
            node = OmegaConf.merge(node, OmegaConf.load(HERE / "quick.yaml"))
        settings: Any = OmegaConf.to_container(OmegaConf.merge(node, given))
    except OmegaConfBaseException as error:
        raise ValueError(str(error).splitlines()[0]) from None
    for key, known in (
        ("competitors", PLACES),
        ("measures", MEASURES),
        ("alone", ("rows", "rewards", "worst", "engine")),
    ):
        if wrong := [name for name in settings[key] if name not in known]:
            raise ValueError(f"{key}: {wrong[0]} is none of {', '.join(known)}")
    return settings


def jobs_of(settings: dict[str, Any], figures: Sequence[results.Figure]) -> dict[str, list[str]]:
    """Competitor -> its measures that are not there yet."""
    done = {(one.competitor, one.measure) for one in figures} | {(ALONE, one.measure) for one in figures}
    wanted = dict.fromkeys(settings["competitors"], settings["measures"]) | {ALONE: settings["alone"]}
    missing = {name: [one for one in measures if (name, one) not in done] for name, measures in wanted.items()}
    return {name: measures for name, measures in missing.items() if measures}


def python_of(competitor: str, settings: dict[str, Any]) -> str:
    return str(ROOT / settings["peers"]) if competitor in PEERS else sys.executable


def measured(competitor: str, job: dict[str, Any]) -> Iterator[list[results.Figure]]:
    """The figures of one measure after the other. RuntimeError: the process failed."""
    words = [python_of(competitor, job["settings"]), "-m", "experiments.side_by_side.one", competitor]
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        json.dump(job, process.stdin)
        process.stdin.close()
        for line in process.stdout:
            told = json.loads(line)
            yield [results.figure(name, told["measure"], _sample(values)) for name, values in told["samples"]]
        if process.wait():
            raise RuntimeError(f"{competitor} ended with status {process.returncode}")
    finally:
        process.terminate()
        process.wait()


def _sample(values: dict[str, Any]) -> Sample:
    return Sample(**{**values, "values": tuple(values["values"])})


def measure_all(settings: dict[str, Any]) -> list[str]:
    """Measures what is missing and keeps it; returns a sentence for each competitor that failed."""
    out, failed = Path(settings["out"]), []
    figures = results.read(out)
    jobs = jobs_of(settings, figures)
    episodes = episodes_of(settings) if jobs else []
    with tqdm(total=sum(map(len, jobs.values())), unit="figure", disable=None) as bar:
        for competitor, measures in jobs.items():
            bar.set_description(competitor)
            if not Path(python_of(competitor, settings)).exists():
                failed.append(f"{competitor}: not run, {settings['peers']} is missing")
                continue
            try:
                for found in measured(competitor, {"settings": settings, "episodes": episodes, "measures": measures}):
                    figures += found
                    results.write(out, figures)
                    bar.update()
            except RuntimeError as error:
                failed.append(str(error))
    return failed


def main(words: Sequence[str]) -> int:
    try:
        settings = settings_of(words)
        failed = measure_all(settings)
    except ValueError as error:
        print(error, file=sys.stderr)
        return CANNOT
    figures, before = results.read(Path(settings["out"])), results.read(Path(settings["before"]))
    if settings["readme"]:
        plots.draw(figures, HERE)
        table.insert(figures, before, Path(settings["readme"]), HERE)
    print("\n\n".join(table.blocks(figures, before).values()))
    print("\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`benchmark=t_eval`: every question is one conversation with one answer; no server, no tool.

questions --limit--> tries - finished --ask--> answer --cut, score--> items.jsonl --> results.csv, table

Messages travel as the data has them; the role `function`, which chat endpoints have not, becomes `user`, as in the
original's templates. **Ours:** `system` stays `system`, where the original's Qwen template makes a user of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.benchmarks import origin, results
from prove.benchmarks.abreast import abreast
from prove.benchmarks.concluded import Concluded, conclude
from prove.benchmarks.evaluation import check
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line, Try, sample, tries_of
from prove.benchmarks.paper import figures
from prove.benchmarks.players import Player, players, who
from prove.benchmarks.protocols import Asked
from prove.benchmarks.statistics import Settings, smallest_difference
from prove.benchmarks.t_eval.gold import gold
from prove.benchmarks.t_eval.questions import Question, Source, portions, sources_of
from prove.benchmarks.t_eval.reading import cut
from prove.benchmarks.t_eval.scoring import counts_of
from prove.benchmarks.t_eval.similarity import WORDS, check_similarity, described, similarity_of

Config = Mapping[str, Any]
Answerer = Callable[[Try[Question]], Awaitable[str | None]]
"""None: the prompt or the answer does not fit the model."""
REVIEW, REVIEW_FILE, OVERALL = "review", "review_str", "overall"
ORIGINAL = "open-compass/T-Eval 58f2240"


async def evaluate(cfg: Config, command: str) -> Concluded:
    """The finished evaluation. ValueError: it cannot be done; nothing was written then."""
    sources = check_words(cfg)
    check_similarity(cfg["benchmark"]["similarity"])
    questions = [question for source in sources for question in source.questions()]
    chosen = sample(questions, cfg["limit"])
    tries = tries_of(chosen, cfg["seeds"], cfg["trials"])
    with Folder(Path(cfg["out"]), about(cfg, sources)) as folder:
        done = {line.key for line in folder.lines()}
        missing = [each for each in tries if each.key not in done]
        tqdm.write(announcement(cfg, len(questions), chosen, tries, len(missing)))
        if missing:
            await fill(cfg, folder, missing)
        return report(cfg, sources, folder, {each.key for each in tries}, command)


def check_words(cfg: Config) -> list[Source]:
    """The files of the questions. ValueError: a word makes no sense, or the data is not there."""
    check(cfg)
    node = cfg["benchmark"]
    if not node["data"]:
        raise ValueError("benchmark.data is missing: the folder of your copy of T-Eval's data (docs/evaluation.md)")
    return sources_of(Path(node["data"]), node["version"], node["dimensions"], node["fifth"])


def about(cfg: Config, sources: Sequence[Source]) -> dict[str, Any]:
    node = cfg["benchmark"]
    return {
        "benchmark": "t_eval",
        "data": origin.digest(source.path for source in sources),
        "offered": portions(sources),
        "dimensions": sorted(node["dimensions"]),
        "similarity": node["similarity"],
        **who(cfg),
        "caps": {"answer_tokens": cfg["rollout"]["max_turn_tokens"], "answer_chars": node["answer_chars"]},
    }


def announcement(
    cfg: Config, all_questions: int, chosen: Sequence[Question], tries: Sequence[Try[Question]], missing: int
) -> str:
    """What is about to be asked, and how small a difference it can show."""
    return (
        f"t_eval: {len(chosen)} of {all_questions} questions x {len(cfg['seeds'])} seeds x {cfg['trials']} trials = "
        f"{len(tries)} answers, {len(tries) - missing} done before\n"
        f"policy {cfg['policy']}, model {cfg['model']['path']}, temperature {cfg['temperature']:g}; at most "
        f"{cfg['rollout']['max_turn_tokens']} tokens each; similarity {cfg['benchmark']['similarity']}\n"
        f"{smallest_difference(len(chosen), Settings(**cfg['statistics']))}"
    )


async def fill(cfg: Config, folder: Folder, missing: Sequence[Try[Question]]) -> None:
    """Asks what is missing; each answer is a line at once. The first failure of the endpoint stops the others."""
    node, commit = cfg["benchmark"], origin.commit()
    scored = partial(counts_of, similar=similarity_of(node["similarity"]), dimensions=node["dimensions"])
    async with answerers(cfg) as answerer:
        with tqdm(total=len(missing), unit="answer") as bar:

            async def one(each: Try[Question]) -> None:
                text = await answerer(each)
                answer = cut(text or "", node["answer_chars"])
                counts = {**scored(each.task, answer), "out_of_tokens": (float(text is None), 1.0)}
                groups = {"file": each.task.file, "prompt": each.task.style}
                folder.append(Line(*each.key, counts, groups, commit=commit), {"answer": text})
                bar.update()

            await abreast(missing, cfg["concurrency"], one)


@contextlib.asynccontextmanager
async def answerers(cfg: Config) -> AsyncIterator[Answerer]:
    """Who answers: gold the truth, nothing an empty text, others the model."""
    if cfg["policy"] in ("gold", "nothing"):

        async def known(each: Try[Question]) -> str:
            return gold(each.task) if cfg["policy"] == "gold" else ""

        yield known
        return
    async with players(cfg) as player:
        yield partial(_asked, player)


async def _asked(player: Player, each: Try[Question]) -> str | None:
    policy = player(each)
    await policy.start([_as_chat(message) for message in each.task.messages], [])
    return await policy.generate()


def _as_chat(message: Mapping[str, str]) -> dict[str, str]:
    return {"role": {"function": "user"}.get(message["role"], message["role"]), "content": message["content"]}


def report(
    cfg: Config, sources: Sequence[Source], folder: Folder, wanted: set[tuple[str, int, int]], command: str
) -> Concluded:
    """Writes results.csv; the same as a table, both protocols under it. Another similarity: another benchmark."""
    similarity = cfg["benchmark"]["similarity"]
    name = cfg["benchmark"]["name"] + (f" ({WORDS})" if similarity == WORDS else "")
    versions = "; ".join([origin.versions(), f"scorers as {ORIGINAL}", described(similarity), portions(sources)])
    facts = results.About(cfg["model"]["name"], cfg["method"], name, versions, command, kind="t_eval")
    printed = {} if similarity == WORDS else figures(cfg["paper"], "t_eval", facts.model, facts.method)
    asked = asked_of(cfg, sources, printed)
    how = f"{described(similarity)}; {portions(sources)}"
    return conclude(folder, wanted, facts, Settings(**cfg["statistics"]), asked, how)


def asked_of(cfg: Config, sources: Sequence[Source], printed: Mapping[str, float]) -> Asked:
    """A dimension of which a fifth was asked is not ours, and the paper's only if it is review."""
    parts = {name for name in cfg["benchmark"]["fifth"] if name in cfg["benchmark"]["dimensions"]}
    lacking = [parts - {REVIEW}, parts]
    paper, ours = ([*names, OVERALL] if names else [] for names in lacking)
    left_out = {one for source in sources if source.stem == REVIEW_FILE for one in source.outside_fifth()}
    return Asked("t_eval", cfg["seeds"][0], cfg["limit"], left_out, paper, ours, printed)

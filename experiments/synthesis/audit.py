"""An independent look at a finished dataset: what the card claims, counted again from the parquet files alone.

python -m experiments.synthesis.audit data/prove

Every ground truth is played on a fresh session: each call must succeed and the state must end as the row says.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from omegaconf import OmegaConf
from tqdm import tqdm

from prove.synthesis.live import LiveServers, in_process
from prove.synthesis.similarity import elements, most_similar
from prove.types import Example

SPLITS = ("train", "validation", "heldout")


def rows(path: Path) -> Iterator[tuple[Example, set[str]]]:
    """Examples with the names of their offered tools."""
    for batch in pq.ParquetFile(path).iter_batches(500):
        for row in batch.to_pylist():
            offered = {function["function"]["name"] for function in json.loads(row["tools"])}
            yield Example.from_json(row["extra_info"]["example"]), offered


def replays(live: LiveServers, example: Example, servers: list[str]) -> str:
    """ "" if the ground truth succeeds and ends in the row's final state, else what went wrong."""
    session = live.open(servers, example.world_seed)
    try:
        for call in example.ground_truth.calls:
            if not session.call(call.name, call.arguments).ok:
                return f"{example.id}: {call.name} fails"
        ended = {name: diff for name, diff in session.diff().items() if diff}
        return "" if ended == example.final_state else f"{example.id}: ends in another state"
    finally:
        session.close()


def audit(folder: Path, servers: list[str]) -> dict[str, Any]:
    """Counts of the whole dataset; `wrong` lists what contradicts it."""
    found: dict[str, Any] = {"rows": {}, "kinds": {}, "wrong": []}
    seeds: dict[str, set[int]] = {}
    called: Counter[str] = Counter()
    sets, replayed, edges = [], 0, 0
    with in_process({"names": servers, "call_timeout": 30}) as live:
        owner = {tool["name"]: name for name in servers for tool in live.tools(name)}
        for split in SPLITS:
            kinds: Counter[str] = Counter()
            for example, offered in tqdm(rows(folder / f"{split}.parquet"), desc=split, unit="row"):
                kinds[example.kind] += 1
                sets.append(elements(example))
                names = {call.name for call in example.ground_truth.calls}
                found["wrong"] += [f"{example.id}: {name} is not offered" for name in names - offered]
                if example.servers:
                    seeds.setdefault(split, set()).add(example.world_seed)
                if names:
                    own = list(dict.fromkeys(owner[call.name] for call in example.ground_truth.calls))
                    replayed += 1
                    found["wrong"] += filter(None, [replays(live, example, own)])
                    called.update(call.name for call in example.ground_truth.calls)
                    edges += len(example.ground_truth.edges)
            found["rows"][split], found["kinds"][split] = kinds.total(), dict(kinds)
    shared = {a: len(seeds[a] & seeds[b]) for a, b in (("train", "validation"), ("train", "heldout"))}
    found |= {"replayed": replayed, "edges": edges, "seeds_shared_with_train": sum(shared.values())}
    found |= {"tools_called": len(called), "tools_listed": len(owner), "fewest": called.most_common()[-3:]}
    found["highest_similarity"] = most_similar(sets)
    return found


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/prove")
    servers = OmegaConf.load("conf/servers/all.yaml").names
    found = audit(folder, list(servers))
    print(json.dumps({**found, "wrong": found["wrong"][:10], "wrong_in_all": len(found["wrong"])}, indent=2))
    raise SystemExit(bool(found["wrong"]))


if __name__ == "__main__":
    main()

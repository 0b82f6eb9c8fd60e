"""No line of prove/ or servers/ turns text into code or opens a shell, but for the places listed here with a reason.

eval exec compile __import__ pickle marshal shell=True os.system yaml.load torch.load …: read off the syntax trees, so
that a new place fails here until somebody has written down why it is safe.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
FORBIDDEN_MODULES = {
    "pickle",
    "cloudpickle",
    "dill",
    "marshal",
    "shelve",
    "joblib",
    "runpy",
    "codeop",
    "pty",
    "telnetlib",
}
FORBIDDEN_NAMES = {
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
    "yaml.unsafe_load",
    "yaml.full_load",
    "yaml.load_all",
    "tempfile.mktemp",
    "torch.hub.load",
    "hydra.utils.instantiate",
}
SAFE_LOADERS = {"yaml.CSafeLoader", "yaml.SafeLoader", "LOADER"}
ALLOWED = {
    (
        "prove/options/overrides.py",
        "yaml.load",
    ): "with CSafeLoader: plain values, of files of this repository and verl's",
    ("prove/sweeps/ledger.py", "yaml.load"): "LOADER is CSafeLoader or SafeLoader: a run's own summary",
}
IMPORTED_BY_NAME = {
    "prove/benchmarks/bfcl/worker.py": "modules of bfcl_eval, by names that its own tables hold; see PROCESSES too",
    "prove/benchmarks/t_eval/similarity.py": "the version of a package",
    "prove/benchmarks/origin.py": "versions of packages",
    "prove/links.py": "servers.host and servers.control, written out",
    "prove/options/arguments.py": "vllm's own table of options",
    "prove/synthesis/pipeline.py": "servers.host, written out",
    "prove/synthesis/record.py": "servers.host, written out",
    "prove/synthesis/sampler.py": "servers.NAME.probes, of a NAME that is a folder of servers/",
    "servers/host.py": "servers.NAME, of a NAME that is a folder of servers/",
}
PROCESSES = {
    "prove/benchmarks/bfcl/harness.py": "the worker: the official scorer evals model text, so it runs apart, watched",
    "prove/benchmarks/origin.py": "git, fixed words",
    "prove/benchmarks/process.py": "the official harnesses, by list",
    "prove/benchmarks/tau2/harness.py": "git and the harness, by list",
    "prove/benchmarks/bfcl/worker.py": "it forks: every scored item in a process of its own",
    "prove/foreign.py": "servers of others, by the words of conf/servers/",
    "prove/links.py": "servers, by the words of conf/servers/",
    "prove/sweeps/slots.py": "runs of a sweep, by list",
    "prove/sweeps/crew.py": "runs of a sweep, by list",
    "prove/synthesis/producer.py": "this package, to make rows",
    "prove/synthesis/store.py": "servers.recorded, to write a cache",
    "prove/training/making.py": "prove.synthesize",
    "prove/training/pages.py": "the run's own pages",
    "prove/undertaker.py": "this file again, which kills what outlives us",
}


@cache
def trees() -> list[tuple[str, ast.Module]]:
    paths = [path for root in ("prove", "servers") for path in sorted((ROOT / root).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """File, what is called as it is written, the call."""
    return [found for file, tree in trees() for found in calls_of(file, tree)]


def calls_of(file: str, tree: ast.Module) -> Iterator[tuple[str, str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield file, dotted(node.func), node


def dotted(node: ast.expr) -> str:
    """`yaml.load`; what is no plain name begins with nothing: `.format`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imported(tree: ast.Module) -> set[str]:
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def test_text_never_becomes_code():
    found = [f"{file}:{call.lineno} {name}" for file, name, call in calls() if name in FORBIDDEN_CALLS]
    found += [f"{file}:{call.lineno} {name}" for file, name, call in calls() if name in FORBIDDEN_NAMES]
    assert found == []


def test_nothing_is_unpickled():
    assert [file for file, tree in trees() if imported(tree) & FORBIDDEN_MODULES] == []
    for file, name, call in calls():
        words = {word.arg: ast.unparse(word.value) for word in call.keywords}
        assert words.get("allow_pickle", "False") == "False", f"{file}:{call.lineno}"
        assert words.get("weights_only", "True") == "True", f"{file}:{call.lineno}"
        assert words.get("trust_remote_code", "False") == "False", f"{file}:{call.lineno}"
        assert name != "torch.load" or "weights_only" in words, f"{file}:{call.lineno}"
        assert not name.endswith((".read_pickle", ".to_pickle")), f"{file}:{call.lineno}"


def test_yaml_gives_plain_values_only():
    loads = [(file, call) for file, name, call in calls() if name == "yaml.load"]
    assert {(file, "yaml.load") for file, _ in loads} == set(ALLOWED), "a place is missing here, or gone"
    assert all(ast.unparse(call.args[1]) in SAFE_LOADERS for _, call in loads)


def test_no_shell_reads_a_command():
    for file, name, call in calls():
        for word in call.keywords:
            assert word.arg != "shell" or ast.unparse(word.value) == "False", f"{file}:{call.lineno} {name}"


def test_processes_are_started_only_where_it_is_written_down():
    starts = ("subprocess.run", "subprocess.Popen", "asyncio.create_subprocess_exec", "os.execv", "os.fork", "spawn")
    found = {file for file, name, _ in calls() if name in starts}
    assert found == set(PROCESSES)


def test_modules_are_imported_by_name_only_where_it_is_written_down():
    found = {
        file for file, name, _ in calls() if name.split(".")[-1] == "import_module" or name.endswith("metadata.version")
    }
    assert found == set(IMPORTED_BY_NAME)


def test_sql_is_never_put_together_from_values():
    """The two texts that are no constants hold a number of ours and a table's name of ours."""
    made = Counter()
    for file, name, call in calls():
        if name.split(".")[-1] in ("execute", "executemany", "executescript") and call.args:
            made[file] += isinstance(call.args[0], ast.JoinedStr | ast.Call)
    assert +made == {"servers/recorded/cache.py": 1, "prove/synthesis/templates/cache.py": 1}


def test_format_strings_come_from_our_own_files():
    """`{0.__class__}` of a model is a value that is filled in, never the text that is filled."""
    own = ("seed.py", "probes.py", "contents.py", "journeys.py")
    for file, name, call in calls():
        if file.startswith("servers/") and name.endswith((".format", ".format_map")):
            assert file.endswith(own), f"{file}:{call.lineno} {name}"


@pytest.mark.parametrize("text", ["eval(x)", "import pickle", "subprocess.run(x, shell=True)", "torch.load(x)"])
def test_the_scan_would_find_them(text: str, monkeypatch: pytest.MonkeyPatch):
    tree = ast.parse(text)
    monkeypatch.setattr(f"{__name__}.trees", lambda: [("prove/x.py", tree)])
    monkeypatch.setattr(f"{__name__}.calls", lambda: list(calls_of("prove/x.py", tree)))
    with pytest.raises(AssertionError):
        test_text_never_becomes_code()
        test_nothing_is_unpickled()
        test_no_shell_reads_a_command()

"""prove.view without a browser: what it reads, what it computes, what it refuses, what the server gives away."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import re
import threading
from contextlib import contextmanager

import pytest

from prove.reward_files import load_reward
from prove.view import main, open_book
from prove.viewer.book import STORED, key_of
from prove.viewer.detail import detail
from prove.viewer.groups import Estimator, advantages, numbers
from prove.viewer.page import PAGE, joined, page
from prove.viewer.server import ViewServer
from tests.viewer.made import FIND, GOLD, episode, run, write

GRPO = Estimator(True, None, "")
HOSTILE = '</script><img src=x onerror="document.title=1"><!-- \u2028 \x00 <b>bold</b> ${title} \ud83d'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run(tmp_path_factory.mktemp("view") / "run")


@pytest.fixture(scope="module")
def book(folder):
    return open_book([folder])


def column(book, name):
    index = book.index()
    values = index["columns"][name]
    return [index["words"][name][value] for value in values] if name in index["words"] else values


# What is read


def test_a_run_is_read_by_split_step_and_group(book):
    assert list(dict.fromkeys(zip(column(book, "split"), column(book, "step"), strict=True))) == [
        ("train", 1),
        ("train", 2),
        ("heldout", 2),
    ]
    assert book.index()["groups"]["size"] == [4, 4, 4, 4, 1, 1]
    assert set(column(book, "server")) == {"banking"}
    assert column(book, "kind")[-1] == "abstention"


def test_a_single_file_of_a_run_knows_the_run_it_is_of(folder):
    book = open_book([folder / "episodes/train/00002.jsonl"])
    assert len(book.entries) == 8
    assert set(column(book, "step")) == {2}
    assert book.index()["sides"][0]["groupSize"] == 4


def test_the_least_line_that_prove_score_reads_can_be_viewed(tmp_path):
    file = tmp_path / "least.jsonl"
    tools = [{"type": "function", "function": {"name": "pay", "description": ""}}]
    call = {"name": "pay", "arguments": {"x": 12345678901234567890}}
    line = {"tools": tools, "ground_truth": {"steps": [[call]], "edges": []}, "calls": [{**call, "ok": True}]}
    file.write_text(json.dumps(line) + "\n")
    book = open_book([file])
    found = detail(book, book.entries[0])
    assert found["rewards"][STORED]["total"] == 1.3
    assert found["views"][0]["calls"][0]["arguments"][0]["given"] == "12345678901234567890"
    assert "ending" in found["rewards"]["prove_state"]["error"]


def test_a_torn_last_line_is_skipped_and_said_and_read_when_it_is_whole(tmp_path):
    folder = run(tmp_path / "run", steps=1)
    file = folder / "episodes/train/00001.jsonl"
    whole = episode("train-99", GOLD).to_json()
    with file.open("a") as out:
        out.write(whole[:200])
    book = open_book([folder])
    assert book.index()["sides"][0]["notes"] == ["00001.jsonl: the last line is not finished; skipped"]
    with file.open("a") as out:
        out.write(whole[200:] + "\n")
    write(folder / "episodes/train/00002.jsonl", [episode("train-21", GOLD)])
    assert book.refresh()
    assert {"train-99", "train-21"} <= set(column(book, "example"))
    assert not book.index()["sides"][0]["notes"]


def test_a_line_that_is_no_episode_is_skipped_and_named(tmp_path):
    write(tmp_path / "some.jsonl", [episode("a", GOLD)])
    with (tmp_path / "some.jsonl").open("a") as out:
        out.write("[1]\n")
    notes = open_book([tmp_path / "some.jsonl"]).index()["sides"][0]["notes"]
    assert notes == ["some.jsonl line 2: no JSON object; skipped"]


def test_the_reward_of_a_file_alone_is_told_from_its_numbers(tmp_path):
    write(tmp_path / "some.jsonl", [episode("a", (FIND,), reward=load_reward("graduated"))])
    assert open_book([tmp_path / "some.jsonl"]).index()["sides"][0]["reward"] == "graduated"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.jsonl", "", "it is empty"),
        ("foreign.jsonl", '{"prompt": "hello"}\n', "line needs tools, a list"),
        ("text.jsonl", "hello\n", "no JSON"),
        ("torn.jsonl", '{"tools": [', "the last line is not finished"),
    ],
)
def test_a_file_without_episodes_is_refused_in_one_sentence(tmp_path, capsys, name, content, words):
    (tmp_path / name).write_text(content)
    assert main([str(tmp_path / name), "--no-browser"]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "Traceback" not in said


def test_a_wrong_name_is_answered_with_the_nearest_right_one(folder, capsys):
    assert main([str(folder.parent / "rnu"), "--static", str(folder.parent / "x.html")]) == 2
    assert f"did you mean {folder}" in capsys.readouterr().err
    assert main([str(folder.parent)]) == 2
    assert f"the first is {folder}" in capsys.readouterr().err


def test_nothing_is_written_where_nothing_can_be_shown(tmp_path, capsys):
    (tmp_path / "empty.jsonl").write_text("")
    assert main([str(tmp_path / "empty.jsonl"), "--static", str(tmp_path / "x.html")]) == 2
    assert main([str(tmp_path), "--static", str(tmp_path / "none" / "x.html")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["empty.jsonl"]


# What is computed


def test_the_advantage_is_that_of_verl():
    """verl 0.9.1, compute_grpo_outcome_advantage of one group [1, 1, 1, 0]: torch's std is that of a sample."""
    assert advantages([1, 1, 1, 0], GRPO) == pytest.approx([0.499999, 0.499999, 0.499999, -1.499997], abs=1e-6)
    assert advantages([1, 1, 1, 0], Estimator(False, None, "")) == [0.25, 0.25, 0.25, -0.75]
    assert advantages([0.5], GRPO) == pytest.approx([0.5], abs=1e-6)
    assert advantages([2.0, 2.0], GRPO) == [0, 0]
    assert numbers([2.0, 2.0]).flat and not numbers([2.0, 2.1]).flat


def test_only_groups_that_were_trained_on_have_an_advantage(book):
    found = book.index()["numbers"]["advantage"]
    assert all(one is not None for one in found[:16]) and found[16:] == [None, None]
    assert found[4:8] == [0, 0, 0, 0]


def test_faults_are_told_apart(book):
    index = book.index()
    named = [
        [fault for bit, fault in enumerate(index["faults"]) if value >> bit & 1] for value in column(book, "faults")
    ]
    assert (
        named[:5]
        == [
            [],
            ["argument differs"],
            ["wrong order"],
            ["unreadable call", "refused by the server", "argument differs", "step missed", "wrong order"],
            ["over budget"],
        ]
        or named[3][0] == "unreadable call"
    )
    assert named[-1] == ["call not wanted"]


def test_every_reward_scores_every_episode_as_prove_score_does(book):
    for name, reward in book.rewards.items():
        totals = book.numbers(name)["total"]
        for entry, total in zip(book.entries, totals, strict=True):
            assert total == round(book.stored(entry).score(reward).total, 6)


def test_the_end_of_a_world_is_shown_beside_the_wanted_one(book):
    differs = detail(book, book.entries[1])["worlds"]
    assert differs["verdict"] is False
    rows = {row["table"]: row for row in differs["servers"][0]["rows"]}
    assert rows["payments"]["state"] == "differs"
    assert [field["same"] for field in rows["payments"]["fields"]] == [True, False]
    assert rows["world"]["counts"] is False
    assert detail(book, book.entries[0])["worlds"]["verdict"] is True


# What stands in the file


def test_the_still_file_has_all_data_packed_and_no_text_of_an_episode_as_itself(tmp_path, capsys):
    write(tmp_path / "bad.jsonl", [episode(HOSTILE, GOLD, HOSTILE, HOSTILE)] * 3)
    assert main([str(tmp_path / "bad.jsonl"), "--static", str(tmp_path / "out.html")]) == 0
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "onerror" not in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    data = dict(re.findall(r'<script type="text/plain" id="data-([a-z_0-9-]+)">([A-Za-z0-9+/=]+)</script>', text))
    found = json.loads(gzip.decompress(base64.b64decode(data["episodes-0"])))
    assert found["episodes"][0]["pieces"][0]["text"] == HOSTILE
    assert {f"numbers-{name}" for name in ("prove", "graduated", "prove_state")} <= data.keys()


def test_the_page_lets_nothing_run_but_itself():
    text = page()
    policy = re.search(r'Security-Policy" content="([^"]+)"', text)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    script = joined("main.js")
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert risky not in script


def test_no_two_modules_declare_the_same_name():
    declared = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", joined("main.js"), re.MULTILINE)
    assert len(declared) == len(set(declared))
    assert all(path.name in ("index.html", "style.css") or path.suffix == ".js" for path in PAGE.iterdir())


# What the server gives away


@contextmanager
def serving(book):
    server = ViewServer(book)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(server, path, host=None, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=20)
    connection.request(method, path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def test_the_server_answers_only_under_its_token_and_its_own_name(book):
    with serving(book) as server:
        base = f"/{server.token}/"
        assert server.server_address[0] == "127.0.0.1"
        assert asked(server, base)[0] == 200
        assert asked(server, "/")[0] == 404
        assert asked(server, "/index")[0] == 404
        assert asked(server, f"/{server.token[:-1]}x/index")[0] == 404
        assert asked(server, "//[")[0] == 404, "what is no address is answered like any other"
        assert asked(server, base, host="evil.example")[0] == 403
        assert asked(server, base + "index", host=f"evil.example:{server.server_address[1]}")[0] == 403
        assert asked(server, base + "index", method="POST")[0] == 501
        for path in ("../../../etc/passwd", "%2e%2e/etc/passwd", "episode?key=../../etc/passwd", "page/main.js", "é"):
            assert asked(server, base + path.replace("é", "%C3%A9"))[0] == 404


def test_the_server_gives_index_episode_texts_and_numbers(book):
    with serving(book) as server:
        base = f"/{server.token}/"
        index = json.loads(asked(server, base + "index")[1])
        assert len(index["columns"]["step"]) == 18
        key = key_of(book.entries[0])
        assert json.loads(asked(server, f"{base}episode?key={key}")[1])["episodes"][0]["key"] == key
        assert "pay rosa" in json.loads(asked(server, f"{base}texts?piece=0&version={index['version']}")[1])[0]
        assert asked(server, f"{base}texts?piece=7&version={index['version']}")[0] == 404
        assert asked(server, f"{base}numbers?reward=graduated&version={index['version']}")[0] == 200
        assert asked(server, f"{base}numbers?reward=nothing&version={index['version']}")[0] == 404
        assert asked(server, f"{base}numbers?reward=graduated&version=77")[0] == 409


def test_a_run_that_grows_is_news_and_its_new_step_is_in_the_next_index(tmp_path):
    folder = run(tmp_path / "run", steps=1)
    with serving(open_book([folder])) as server:
        base = f"/{server.token}/"
        before = json.loads(asked(server, base + "index")[1])
        write(folder / "episodes/train/00002.jsonl", [episode("train-21", GOLD)])
        assert json.loads(asked(server, base + "news")[1])["bytes"] > before["bytes"]
        after = json.loads(asked(server, base + "index")[1])
        assert len(after["columns"]["step"]) == len(before["columns"]["step"]) + 1
        assert asked(server, f"{base}texts?piece=0&version={before['version']}")[0] == 409


def test_a_page_that_is_closed_while_it_is_answered_is_no_error(book, capsys):
    with serving(book) as server:
        for error in (BrokenPipeError(), ConnectionResetError()):
            try:
                raise error
            except ConnectionError:
                server.handle_error(None, None)
    assert capsys.readouterr().err == ""

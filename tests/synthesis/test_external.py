"""What a user of the abstention importers may rely on; all files here are made by hand in the documented shapes."""

from __future__ import annotations

import json
import random
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prove.schemas import compatible, definitions_of, name_of, properties_of, required_of
from prove.synthesis.external import load_when2call, load_xlam_irrelevance

TICKETS = {
    "name": "tickets.search",
    "description": "Finds train tickets.",
    "parameters": {
        "type": "dict",
        "required": ["station"],
        "properties": {
            "station": {"type": "string", "description": "Where the train starts."},
            "seats": {"type": "integer", "default": 1},
            "price": {"type": "float"},
            "class": {"type": "string", "enum": ["first", "second"]},
            "filters": {"type": "dict", "required": ["day"], "properties": {"day": {"type": "str"}}},
            "stops": {"type": "list", "items": {"type": "tuple"}},
        },
    },
}
DOGS = {
    "name": "Dog breeds / list",
    "description": "Lists breeds.",
    "parameters": {
        "breed": {"type": "str", "description": "A breed."},
        "page": {"type": "int, optional", "description": "Page.", "default": ""},
        "limit": {"type": "int", "default": 10},
        "sizes": {"type": "List[float]"},
        "key": {"type": "Union[int, str]"},
        "order": {"type": "Callable[[float], float]", "default": ""},
    },
}


def labelled(question, label="cannot_answer", tools=(TICKETS,)):
    answers = {"direct": "It is blue.", "tool_call": "{}", "request_for_info": "Which?", "cannot_answer": "I cannot."}
    texts = [json.dumps(tool) for tool in tools]
    return {"uuid": "u", "source": "hand", "question": question, "correct_answer": label, "answers": answers} | {
        "tools": texts,
        "target_tool": None,
    }


def irrelevant(query, tools=(DOGS,), answers=()):
    return {"id": 7, "query": query, "tools": json.dumps(tools), "answers": json.dumps(answers)}


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def one(path, load=load_xlam_irrelevance):
    return load(path, 1, random.Random(0))[0]


def queries(rows):
    return [row.query for row in rows]


def test_all_answers_of_when2call_but_a_call_are_taken(tmp_path):
    labels = ["tool_call", "cannot_answer", "request_for_info", "tool_call", "direct"]
    path = lines(tmp_path / "test.jsonl", [labelled(label, label) for label in labels if label != "tool_call"])
    assert queries(load_when2call(path, 3, random.Random(0))) == ["cannot_answer", "request_for_info", "direct"]
    path = lines(tmp_path / "more.jsonl", [labelled(f"{number} {label}", label) for number, label in enumerate(labels)])
    assert queries(load_when2call(path, 3, random.Random(0))) == ["1 cannot_answer", "2 request_for_info", "4 direct"]


def test_the_train_files_of_when2call_are_judged_by_what_the_assistant_says(tmp_path):
    def talk(question, **rest):
        return {"tools": [TICKETS], "messages": [{"role": "user", "content": question}], **rest}

    def says(text):
        return {"role": "assistant", "content": text}

    call = '<TOOLCALL>[{"name": "tickets.search", "arguments": {"station": "Ulm"}}]</TOOLCALL>'
    tuned = [talk("Trains from Ulm?"), talk("Where from?"), talk("My horoscope?")]
    for row, text in zip(tuned, [call, "Which station?", "I cannot tell."], strict=True):
        row["messages"].append(says(text))
    preferred = [
        talk("To Ulm!", chosen_response=says(call), rejected_response=says("No.")),
        talk("A joke?", chosen_response=says("I cannot."), rejected_response=says(call)),
    ]
    sft, pref = lines(tmp_path / "sft.jsonl", tuned), lines(tmp_path / "pref.jsonl", preferred)
    assert queries(load_when2call(sft, 2, random.Random(0))) == ["Where from?", "My horoscope?"]
    assert queries(load_when2call(pref, 1, random.Random(0))) == ["A joke?"]


def test_of_xlam_only_rows_without_answers_are_taken(tmp_path):
    call = {"name": "Dog breeds / list", "arguments": {"breed": "pug"}}
    path = lines(tmp_path / "x.jsonl", [irrelevant("Pugs?", answers=[call]), irrelevant("Cats?")])
    assert queries(load_xlam_irrelevance(path, 1, random.Random(0))) == ["Cats?"]
    with pytest.raises(ValueError, match="x.jsonl has 1 different rows .* 2 are asked for"):
        load_xlam_irrelevance(path, 2, random.Random(0))


def test_the_flat_parameters_of_xlam_become_a_json_schema(tmp_path):
    function = one(lines(tmp_path / "x.jsonl", [irrelevant("Cats?")])).functions[0]
    assert function["type"] == "function" and function["function"]["description"] == "Lists breeds."
    assert required_of(function) == ("breed", "sizes", "key", "order")
    assert properties_of(function) == {
        "breed": {"type": "string", "description": "A breed."},
        "page": {"type": "integer", "description": "Page."},
        "limit": {"type": "integer", "default": 10},
        "sizes": {"type": "array", "items": {"type": "number"}},
        "key": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "order": {},
    }


def test_the_nested_parameters_of_when2call_become_a_json_schema(tmp_path):
    function = one(lines(tmp_path / "w.jsonl", [labelled("A poem?")]), load_when2call).functions[0]
    assert required_of(function) == ("station",)
    properties = properties_of(function)
    assert properties["class"] == {"type": "string", "enum": ["first", "second"]}
    assert properties["seats"] == {"type": "integer", "default": 1}
    assert properties["price"] == {"type": "number"}
    assert properties["filters"] == {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]}
    assert properties["stops"] == {"type": "array", "items": {"type": "array"}}


def test_parameters_that_are_required_beside_the_schema_are_required(tmp_path):
    outside = {"name": "find", "parameters": {"type": "dict", "properties": {"a": {"type": "str", "default": "x"}}}}
    path = lines(tmp_path / "w.jsonl", [labelled("Hm?", tools=[outside | {"required": ["a", "gone"]}])])
    assert required_of(one(path, load_when2call).functions[0]) == ("a",)


@pytest.mark.parametrize(
    ("declared", "fits", "misfits"),
    [
        ("str", ["a"], [1, None]),
        ("int, optional", [1], ["1", 1.5]),
        ("float, default=0.1", [0.1, 2], ["2"]),
        ("bool", [True], [1]),
        ("List[List[int]], optional", [[[1]]], ["[1]"]),
        ("Tuple[float, float]", [[1.0, 2.0]], [{}]),
        ("Dict[str, int]", [{"a": 1}], [[]]),
        ("Optional[int]", [1], ["1"]),
        ("int or str", [1, "1"], [[]]),
        ("list | None", [[], None], [1]),
        (["string", "null"], ["a", None], [1]),
        ("any", [1, "a", None, []], []),
        ("Union[int, np.ndarray]", [1, "a", None, []], []),
        ("np.ndarray", [1, "a", None, []], []),
        ("List[" * 5000, [1, "a"], []),
    ],
)
def test_a_type_name_takes_the_values_it_means(tmp_path, declared, fits, misfits):
    tool = {"name": "f", "parameters": {"a": {"type": declared}}}
    function = one(lines(tmp_path / "x.jsonl", [irrelevant("q", tools=[tool])])).functions[0]
    schema, definitions = properties_of(function)["a"], definitions_of(function)
    assert all(compatible(value, schema, definitions) for value in fits)
    assert not any(compatible(value, schema, definitions) for value in misfits)


def test_names_become_such_as_an_endpoint_takes_and_stay_apart(tmp_path):
    names = ["a.b", "a b", "a_b", "_kept-1", "Größe (cm)", "x" * 90, "x" * 91, "a.b"]
    tools = [{"name": name, "description": name} for name in names]
    functions = one(lines(tmp_path / "x.jsonl", [irrelevant("q", tools=tools)])).functions
    spelt = [name_of(function) for function in functions]
    assert spelt[:5] == ["a_b", "a_b_2", "a_b_3", "_kept-1", "Gr_e_cm"]
    assert len(spelt) == len(set(spelt)) == 7  # the second a.b says nothing new
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in spelt)
    assert all(function["function"]["parameters"]["type"] == "object" for function in functions)


def test_json_jsonl_and_parquet_say_the_same(tmp_path):
    rows = [irrelevant(f"question {number}") for number in range(4)]
    lines(tmp_path / "a.jsonl", rows)
    lines(tmp_path / "b.json", rows)
    (tmp_path / "c.json").write_text(json.dumps(rows, indent=1))
    (tmp_path / "d.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(rows).encode())
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "e.parquet")
    drawn = [load_xlam_irrelevance(path, 2, random.Random(5)) for path in sorted(tmp_path.iterdir())]
    assert len(drawn) == 5
    for rows in drawn:
        assert [(row.query, row.functions) for row in rows] == [(row.query, row.functions) for row in drawn[0]]


def test_a_parquet_file_of_when2call_is_read_with_its_nested_columns(tmp_path):
    talk = {"messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "No."}], "tools": [TICKETS]}
    other = talk | {"tools": [{"name": "f", "parameters": {"type": "dict", "properties": {"x": {"type": "int"}}}}]}
    pq.write_table(pa.Table.from_pylist([talk, other]), tmp_path / "w.parquet")
    first, second = load_when2call(tmp_path / "w.parquet", 2, random.Random(0))
    assert set(properties_of(first.functions[0])) == set(TICKETS["parameters"]["properties"])
    assert properties_of(second.functions[0]) == {"x": {"type": "integer"}}


def test_the_draw_depends_on_the_generator_alone_and_keeps_the_order(tmp_path):
    path = lines(tmp_path / "x.jsonl", [irrelevant(f"{number:03d}") for number in range(200)])
    drawn = load_xlam_irrelevance(path, 50, random.Random(3))
    assert drawn == load_xlam_irrelevance(path, 50, random.Random(3))
    assert drawn != load_xlam_irrelevance(path, 50, random.Random(4))
    assert queries(drawn) == sorted(set(queries(drawn)))
    assert load_xlam_irrelevance(path, 0, random.Random(3)) == ()


def test_a_row_is_known_by_its_source_and_its_line(tmp_path):
    path = lines(tmp_path / "x.jsonl", [irrelevant("a"), irrelevant("b")])
    rows = load_xlam_irrelevance(path, 2, random.Random(0))
    assert [(row.source, row.id) for row in rows] == [
        ("xlam_irrelevance", "xlam_irrelevance-1"),
        ("xlam_irrelevance", "xlam_irrelevance-2"),
    ]
    row = one(lines(tmp_path / "w.jsonl", [labelled("a")]), load_when2call)
    assert (row.source, row.id) == ("when2call", "when2call-1")


def test_rows_without_tools_and_repeated_rows_are_left_out(tmp_path):
    path = lines(tmp_path / "x.jsonl", [irrelevant("a", tools=[]), irrelevant("b"), irrelevant("b"), irrelevant("c")])
    assert queries(load_xlam_irrelevance(path, 2, random.Random(0))) == ["b", "c"]
    with pytest.raises(ValueError, match="has 2 different rows with tools and without a call"):
        load_xlam_irrelevance(path, 3, random.Random(0))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("[1]", "the row is missing or no object"),
        ('{"query": ', "no JSON"),
        ("\udce9", "no JSON"),
        ('{"query": "a", "tools": "[]"}', "answers is missing or no list"),
        ('{"query": "a", "tools": "[", "answers": "[]"}', "tools: no JSON"),
        ('{"query": "  ", "tools": "[]", "answers": "[]"}', "query is no text or empty"),
        ('{"query": "a", "tools": null, "answers": []}', "tools is missing or no list"),
        ('{"query": "a", "tools": [3], "answers": []}', "a tool is missing or no object"),
        ('{"query": "a", "tools": [{"description": "d"}], "answers": []}', "a tool's name is no text or empty"),
        ('{"query": "a", "tools": [{"name": "(?)"}], "answers": []}', "no letter or digit in its name"),
        ('{"query": "a", "tools": [{"name": "f", "parameters": [1]}], "answers": []}', "parameters of f"),
        ('{"query": "a", "tools": [{"name": "f", "parameters": {"p": "str"}}], "answers": []}', "tool f: parameter p"),
        (
            '{"query": "a", "tools": [{"name": "f", "parameters": {"p": {"default": NaN}}}], "answers": []}',
            "Out of range float",
        ),
        (r'{"query": "\ud800", "tools": [{"name": "f"}], "answers": []}', "surrogates not allowed"),
        ('{"query": "a", "tools": ' + "[" * 100000 + "}", "no JSON|nested too deeply"),
        (
            '{"query": "a", "answers": [], "tools": [{"name": "f", "parameters": {"p": '
            + '{"properties": {"p": ' * 300
            + "{}"
            + "}}" * 300
            + "}}]}",
            "nested too deeply",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_file_and_line(tmp_path, row, reason):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(irrelevant("good")) + "\n\n" + row + "\n", errors="surrogateescape")
    with pytest.raises(ValueError, match=rf"bad\.jsonl line 3: .*({reason})"):
        load_xlam_irrelevance(path, 1, random.Random(0))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (labelled("q", "perhaps"), "correct_answer 'perhaps' is none of tool_call, cannot_answer"),
        (labelled(None), "question is no text or empty"),
        ({"messages": [{"role": "user", "content": "q"}], "tools": []}, "no correct_answer, no chosen_response"),
        ({"messages": [{"role": "assistant", "content": "a"}], "tools": []}, "0 messages of the user"),
        ({"messages": ["q"], "tools": []}, "a message is missing or no object"),
        (irrelevant("q"), "messages is missing"),
    ],
)
def test_a_row_that_is_none_of_when2call_is_named(tmp_path, row, reason):
    (tmp_path / "bad.json").write_text(json.dumps([labelled("good"), row]))
    with pytest.raises(ValueError, match=f"bad.json row 1: .*{reason}"):
        load_when2call(tmp_path / "bad.json", 1, random.Random(0))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("gone.json", None, "missing"),
        ("a.csv", b"query", "none of .json, .jsonl and .parquet"),
        ("a.json", b"[{", ": no JSON"),
        ("a.parquet", b"PAR1 and no more", "no parquet file"),
        ("a.jsonl", b"", "has 0 different rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content, reason):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{re.escape(name)}.*{reason}"):
        load_xlam_irrelevance(tmp_path / name, 1, random.Random(0))

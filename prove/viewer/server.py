"""Serves the page on this machine only, below an address that nobody can guess.

http://127.0.0.1:PORT/TOKEN/            the page
                        …/index         columns of all episodes, read again if files have grown
                        …/news          bytes of the files now: whether there is more than the index has
                        …/episode?key=  …/texts?piece=&version=  …/numbers?reward=&version=

Only GET, only for Host 127.0.0.1:PORT or localhost:PORT (a name that another site points here is refused), and no path
names a file. `version` is that of the index: after a reload elsewhere the answer is 409, and the page reloads.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from prove.viewer.book import STORED, Book
from prove.viewer.detail import details
from prove.viewer.page import page
from prove.viewer.values import packed

LOOPBACK = "127.0.0.1"
Answer = tuple[int, str, bytes]


class ViewServer(ThreadingHTTPServer):
    """`address` is where the page is."""

    daemon_threads = True

    def __init__(self, book: Book, port: int = 0):
        super().__init__((LOOPBACK, port), Handler)
        self.token = secrets.token_urlsafe(16)
        self.book, self.version, self.lock = book, 0, Lock()
        self.hosts = {f"{name}:{self.server_address[1]}" for name in (LOOPBACK, "localhost")}

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}/{self.token}/"

    def answer(self, path: str) -> Answer:
        """The answer to a GET of a path with the token. Never raises for a bad one."""
        try:
            parts = urlsplit(path)
        except ValueError:
            return _said(404, "this is no address")
        first, _, name = parts.path.removeprefix("/").partition("/")
        words = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if not secrets.compare_digest(first.encode(), self.token.encode()) or name not in ANSWERS:
            return _said(404, "nothing here; the address that prove.view printed is whole")
        with self.lock:
            try:
                return ANSWERS[name](self, words)
            except (ValueError, OSError) as error:
                return _said(410, f"this cannot be read any more: {error}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that was closed while it was answered is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def is_old(self, words: Mapping[str, str]) -> bool:
        return words.get("version") != str(self.version)


def _page(server: ViewServer, words: Mapping[str, str]) -> Answer:
    title = " and ".join(side.source.name for side in server.book.sides.values())
    return 200, "text/html; charset=utf-8", page(title=title).encode()


def _index(server: ViewServer, words: Mapping[str, str]) -> Answer:
    server.version += server.book.refresh()
    return _json({**server.book.index(), "version": server.version, "bytes": server.book.size()})


def _news(server: ViewServer, words: Mapping[str, str]) -> Answer:
    return _json({"bytes": server.book.size()})


def _episode(server: ViewServer, words: Mapping[str, str]) -> Answer:
    try:
        entry = server.book.entry(words.get("key", ""))
    except KeyError:
        return _said(404, f"there is no episode {words.get('key', '')[:80]}")
    return _json(details(server.book, [entry]))


def _texts(server: ViewServer, words: Mapping[str, str]) -> Answer:
    if server.is_old(words):
        return _said(409, "there are new episodes; reload")
    piece = words.get("piece", "")
    if not (piece.isdecimal() and len(piece) < 9 and int(piece) < server.book.text_pieces):
        return _said(404, "there is no such piece")
    return _json(server.book.texts(int(piece)))


def _numbers(server: ViewServer, words: Mapping[str, str]) -> Answer:
    name = words.get("reward", "")
    if name != STORED and name not in server.book.rewards:
        return _said(404, f"there is no reward {name[:80]}")
    if server.is_old(words):
        return _said(409, "there are new episodes; reload")
    return _json(server.book.numbers(name))


ANSWERS: Mapping[str, Callable[[ViewServer, Mapping[str, str]], Answer]] = {
    "": _page,
    "index": _index,
    "news": _news,
    "episode": _episode,
    "texts": _texts,
    "numbers": _numbers,
}


def _json(value: Any) -> Answer:
    return 200, "application/json", packed(value)


def _said(status: int, words: str) -> Answer:
    return status, "text/plain; charset=utf-8", words.encode("utf-8", "replace")


class Handler(BaseHTTPRequestHandler):
    """Answers GET; anything else is 501, as the standard library has it."""

    server: ViewServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        known = self.headers.get("Host", "") in self.server.hosts
        status, kind, content = self.server.answer(self.path) if known else _said(403, "this page is for this machine")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """The token stays out of the terminal's history."""

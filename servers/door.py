"""Who may come in by HTTP: whoever shows the token, if there is one, before a byte of the body is read.

python -m servers banking --http 10.0.0.1:8000 --token-env PROVE_TOKEN      Authorization: Bearer $PROVE_TOKEN
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

SHORTEST_TOKEN = 16
"""Characters; secrets.token_urlsafe() gives 43."""


class Door:
    """Lets requests through to an app if they bear the token; 401 otherwise."""

    def __init__(self, app: ASGIApp, token: str):
        self._app, self._wanted = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_known(Headers(scope=scope).get("authorization", "")):
            refusal = Response("a bearer token is wanted", 401, {"WWW-Authenticate": "Bearer"})
            return await refusal(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_known(self, shown: str) -> bool:
        return secrets.compare_digest(shown.encode(errors="replace"), self._wanted)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. A name that is no address counts as reachable by others."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_of(name: str | None, environment: Mapping[str, str]) -> str | None:
    """The token in a variable of the environment, where no list of processes shows it. Raises ValueError."""
    if name is None:
        return None
    token = environment.get(name, "")
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"the variable {name} holds no token: {SHORTEST_TOKEN} or more letters, digits and marks")
    return token


def check_reach(host: str, token: str | None, without_token: bool) -> None:
    """Raises ValueError for an address that other machines reach, unless a token or the owner's word guards it."""
    if not (is_loopback(host) or token or without_token):
        raise ValueError(
            f"{host} can be reached from other machines: name a token by --token-env, or say --without-token"
        )

"""Who may ask the endpoint: requests that name an address of ours, with the key if there is one.

host=127.0.0.1                                       this machine; a page that points its own name here is refused
host=10.0.0.1 token_env=PROVE_TOKEN                  other machines too, with Authorization: Bearer $PROVE_TOKEN
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SHORTEST_TOKEN = 16
"""Characters; secrets.token_urlsafe() gives 43."""
HERE = ("127.0.0.1", "localhost", "[::1]", "::1")
REFUSAL = {"message": "the API key is none of ours", "type": "invalid_request_error", "param": None}


class Door:
    """401, in the shape that OpenAI's clients read, unless the key is shown; before the body is read."""

    def __init__(self, app: ASGIApp, token: str):
        self._app, self._wanted = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            shown = Headers(scope=scope).get("authorization", "").encode(errors="replace")
            if not secrets.compare_digest(shown, self._wanted):
                refusal = JSONResponse({"error": {**REFUSAL, "code": "invalid_api_key"}}, 401)
                return await refusal(scope, receive, send)
        await self._app(scope, receive, send)


def guarded(app: ASGIApp, host: str, token: str | None) -> ASGIApp:
    """The app behind the door, for requests whose Host is the address it listens at."""
    inner = Door(app, token) if token else app
    return TrustedHostMiddleware(inner, [*HERE, host, f"[{host}]"], www_redirect=False)


def token_for(host: str, name: str | None, without_token: bool, environment: Mapping[str, str]) -> str | None:
    """The key that the variable holds. ValueError: it holds none, or nothing would guard what others reach."""
    token = environment.get(name, "") if name else ""
    if name and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token):
        raise ValueError(f"token_env={name}: the variable holds no key of {SHORTEST_TOKEN} or more characters")
    if not (token or without_token or _is_loopback(host)):
        raise ValueError(
            f"host={host} can be reached from other machines: name a key by token_env, or without_token=true"
        )
    return token or None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

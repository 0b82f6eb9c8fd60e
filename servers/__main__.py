"""python -m servers NAME [--seed N] [--http HOST:PORT] [--token-env VAR] [--control] [--recorded]
python -m servers --list"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import gc
import os
import signal
import sys

from servers.host import Host, server_names
from servers.recorded.places import file_of, recorded_names

ALL = "all"
EPILOG = """examples:
  python -m servers --list                              name, number of tools and product of every server
  python -m servers banking                             MCP on standard input and output
  python -m servers banking --http 127.0.0.1:8000       streamable HTTP at http://127.0.0.1:8000/mcp
  python -m servers all --http 127.0.0.1:8000           every server, each at /NAME/mcp
  python -m servers all --http 10.0.0.1:8000 --token-env PROVE_TOKEN          … for other machines: docs/security.md
  python -m servers booking                             recorded responses: data/caches/booking.sqlite
  python -m servers banking --recorded                  data/caches/banking.sqlite, not the live banking

A client that names no session has the default one, in the world of --seed. Isolated sessions are named in the
request's _meta under "prove/session" and opened with the unlisted tools that --control adds: session.open
{session, seed}, session.close, session.fork {session, into}, session.snapshot {session, name}, session.restore
{session, name}, session.diff, session.hash."""


def main(argv: list[str] | None = None) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    parser = _parser()
    options = parser.parse_args(argv)
    if options.caches is not None:
        os.environ["PROVE_CACHES"] = options.caches
    if options.list:
        return _list()
    if options.name is None:
        parser.error("name a server, or ask for --list")
    if options.name == ALL and options.http is None:
        parser.error("all servers at once need --http HOST:PORT")
    names = recorded_names() if options.recorded else [ALL, *server_names(), *recorded_names()]
    if options.name not in names:
        parser.error(_unknown(options.name, names))
    if options.token_env is not None and options.http is None:
        parser.error("--token-env is for --http; on stdio the client is whoever started the server")
    try:
        token = _token(options)
    except ValueError as error:
        parser.error(str(error))
    gc.disable()  # what the imports make lives for ever: looking through it meanwhile is a tenth of the start
    try:
        hosts = [Host(name, options.seed, options.recorded) for name in _chosen(options.name)]
    except ValueError as error:
        parser.error(str(error))
    try:
        _serve(hosts, options, token)
    except KeyboardInterrupt:
        pass
    except OSError as error:
        if options.http is None:
            raise
        where = ":".join(map(str, options.http))
        parser.error(f"cannot listen at {where}: {error.strerror or error}; port 0 takes a free one")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servers",
        description="Serves a stateful world over MCP.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", help="the server, or `all` with --http")
    parser.add_argument("--list", action="store_true", help="print every server, its number of tools and what it is")
    parser.add_argument("--seed", type=int, help="the world of the default session (default 0, or the first recorded)")
    parser.add_argument("--http", type=_address, metavar="HOST:PORT", help="streamable HTTP instead of stdio")
    parser.add_argument("--token-env", metavar="VAR", help="with --http: clients bear the token this variable holds")
    parser.add_argument(
        "--without-token", action="store_true", help="listen to other machines though nothing guards it"
    )
    parser.add_argument("--control", action="store_true", help="add the unlisted session tools")
    parser.add_argument("--recorded", action="store_true", help="the recorded responses, where there is a live one too")
    parser.add_argument("--caches", metavar="DIR", help="folder of recorded responses (PROVE_CACHES, or data/caches)")
    parser.add_argument("--until-eof", action="store_true", help="with --http: end when standard input closes")
    return parser


def _token(options: argparse.Namespace) -> str | None:
    """What clients must show. Raises ValueError: it is none, or there must be one."""
    if options.http is None:
        return None
    from servers.door import check_reach, token_of

    token = token_of(options.token_env, os.environ)
    check_reach(options.http[0], token, options.without_token)
    return token


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not HOST:PORT, as in 127.0.0.1:8000")
    return host.strip("[]") or "127.0.0.1", int(port)


def _unknown(name: str, names: list[str]) -> str:
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
    hint = f"; the nearest name is {nearest[0]} (--list shows all)" if nearest else ""
    return f"there is no server {name} and no cache {file_of(name)}{hint}"


def _chosen(name: str) -> list[str]:
    return server_names() if name == ALL else [name]


def _list() -> int:
    hosts = [Host(name) for name in server_names()]
    width = max(len(host.name) for host in hosts)
    for host in hosts:
        print(f"{host.name:<{width}}  {len(host.tools):>3}  {host.about.splitlines()[0]}")
    print(f"{len(hosts)} servers, {sum(len(host.tools) for host in hosts)} tools in total")
    for name in recorded_names():
        print(f"{name:<{width}}  {_recorded(name)}")
    return 0


def _recorded(name: str) -> str:
    try:
        host = Host(name, recorded=True)
    except ValueError as error:
        return f"  -  {error}"
    return f"{len(host.tools):>3}  {host.about}"


def _serve(hosts: list[Host], options: argparse.Namespace, token: str | None) -> None:
    if options.http is None:
        asyncio.run(_stdio(hosts[0], options.control))
        return
    from servers.web import serve_http

    _collect_from_now()
    worlds = {f"/{host.name}/mcp" if options.name == ALL else "/mcp": host for host in hosts}
    serve_http(worlds, *options.http, options.control, until_stdin_closes=options.until_eof, token=token)


async def _stdio(host: Host, control: bool) -> None:
    """Serves until the client's end closes; SIGTERM and Ctrl-C end it the same way."""
    from servers.stdio import serve_stdio

    _collect_from_now()
    serving = asyncio.ensure_future(serve_stdio(host, control))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


def _collect_from_now() -> None:
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    sys.exit(main())

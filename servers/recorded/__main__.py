"""python -m servers.recorded write FILE [--keep first] [--unfit leave-out] < LINES       … check FILE"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from servers.recorded.check import check
from servers.recorded.write import Report, Rules, write

EPILOG = """The first line on standard input describes the server, each other line one call:
  {"name": "booking", "source": "where it comes from", "tools": [as MCP lists them]}
  {"tool": "Search_Taxi", "world": 0, "arguments": {…}, "response": …, "error": false}

Calls with equal arguments and one response are one. Where the responses differ nothing is written, unless
--keep first says that the first one counts; nor where a tool's schema refuses recorded arguments, unless
--unfit leave-out leaves such calls out."""


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    try:
        if options.do == "check":
            print(f"{options.file}: {check(options.file)} responses, all as they should be")
        else:
            rules = Rules(options.keep == "first", options.unfit == "leave-out")
            print(_told(options.file, write(options.file, sys.stdin.buffer, rules)))
    except (ValueError, OSError) as error:
        print(f"servers.recorded: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servers.recorded",
        description="Writes or checks a cache of recorded responses.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("do", choices=["write", "check"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--keep", choices=["first"], help="the response of a call that comes with different ones")
    parser.add_argument("--unfit", choices=["leave-out"], help="calls whose arguments their tool's schema refuses")
    return parser


def _told(file: Path, report: Report) -> str:
    more = f", {report.again} came again" if report.again else ""
    more += f", {report.dropped} other responses left out" if report.dropped else ""
    more += f", {report.unfit} calls left out that their schema refuses" if report.unfit else ""
    return (
        f"{file}: {report.name}, {report.tools} tools, {report.responses} responses ({report.errors} errors) of "
        f"{len(report.worlds)} world{'s' if len(report.worlds) != 1 else ''}{more}; digest {report.digest[:16]}"
    )


if __name__ == "__main__":
    sys.exit(main())

"""One report of a sweep, of single runs or of an experiment: tables, curves, differences, episodes to read.

    python -m prove.report runs/reward_ablation                      report.html, report.md and its pictures
    python -m prove.report runs/main_results experiments/main_results --out out/main.html
    python -m prove.report runs/first runs/second --against first
    python -m prove.report experiments/lr_sweep                      without runs: what its CSV files say

Works while a sweep runs and says what is missing. Needs no GPU.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from tqdm import tqdm

from prove.reports.blocks import Document, Picture
from prove.reports.document import report
from prove.reports.html import as_html
from prove.reports.plain import as_markdown
from prove.reports.settings import SETTINGS
from prove.reports.sweep import look_at
from prove.reward_files import UnknownReward, load_reward

WRONG = 2  # exit status: there is nothing to report, or an option is wrong


def main(argv: list[str] | None = None) -> int:
    """Writes the report; 0, or 2 and one sentence if it cannot."""
    words = sys.argv[1:] if argv is None else argv
    options = _options(words)
    command = shlex.join(["python", "-m", "prove.report", *words])
    try:
        out = _writable(options.out)
        with tqdm(total=3, disable=None, unit="part") as bar:
            document = report(
                look_at(options.folders),
                load_reward(options.reward),
                options.against,
                command,
                lambda part: (bar.set_description(part), bar.update()) and None,
            )
        for path in write(document, out):
            print(path)
    except (ValueError, UnknownReward, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG
    return 0


def write(document: Document, out: Path) -> list[Path]:
    """OUT.html, OUT.md and the folder OUT/ with the pictures of the Markdown; each file whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    plain, folder = out.with_suffix(".md"), out.with_suffix("")
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    if pictures:
        folder.mkdir(exist_ok=True)
    for picture in pictures:
        for look, image in picture.images.items():
            _replace(folder / f"{picture.name}-{look}.png", image)
    _replace(plain, as_markdown(document, folder.name).encode())
    _replace(out, as_html(document).encode())
    return [out, plain]


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    os.replace(new, path)


def _writable(out: Path) -> Path:
    """ValueError: this is no place for an HTML file."""
    if out.suffix != ".html":
        raise ValueError(f"--out {out} should end in .html; the Markdown goes beside it")
    if out.is_dir() or out.with_suffix("").is_file():
        raise ValueError(f"--out {out}: {out if out.is_dir() else out.with_suffix('')} is in the way")
    return out


def _options(argv: list[str]) -> argparse.Namespace:
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m prove.report", description=__doc__, formatter_class=kind)
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="a sweep, a run or an experiment")
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="default: report.html")
    parser.add_argument("--reward", default=SETTINGS.reward, help="score all episodes under it; default: %(default)s")
    known = ", ".join(SETTINGS.against)
    parser.add_argument("--against", help=f"the row others are compared with; default: the first there is of {known}")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())

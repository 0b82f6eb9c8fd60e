"""The page as one text: index.html with its style and its modules inside, and a policy that lets nothing else run.

    style.css  ->  <style>        *.js, imported ones first  ->  one <script type="module">

The modules import each other by `import { a, b } from "./name.js";` and export declarations only, so joining them is
leaving those two words out; no two may declare the same name at their top. Content-Security-Policy allows the style and
the script by their digests: text of an episode that became markup by mistake would still not run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from string import Template

PAGE = Path(__file__).parent / "page"
FIRST = "main.js"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?(function|const|let|class)\b)", re.MULTILINE)


def page(data: str = "", title: str = "prove.view") -> str:
    """`data`: script elements with data; without any the page asks its server, and may connect to that alone."""
    style, script = (PAGE / "style.css").read_text(encoding="utf-8"), joined(FIRST)
    policy = {
        "default-src": "'none'",
        "style-src": digest(style),
        "script-src": digest(script),
        "connect-src": "'none'" if data else "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return Template((PAGE / "index.html").read_text(encoding="utf-8")).substitute(
        policy="; ".join(f"{key} {value}" for key, value in policy.items()),
        title=re.sub(r"[^A-Za-z0-9 .,=_/-]", "_", title),
        style=style,
        script=script,
        data=data,
    )


def joined(first: str) -> str:
    """A module with all that it imports, each once, in one text."""
    texts: dict[str, str] = {}
    _gather(first, texts)
    return "\n".join(EXPORT.sub("", IMPORT.sub("", text)) for text in texts.values())


def _gather(name: str, texts: dict[str, str], above: tuple[str, ...] = ()) -> None:
    """Imported ones first. ValueError: they import each other in a circle."""
    if name in above:
        raise ValueError(f"{' imports '.join((*above, name))}")
    text = (PAGE / name).read_text(encoding="utf-8")
    for found in IMPORT.finditer(text):
        if found[2] not in texts:
            _gather(found[2], texts, (*above, name))
    texts[name] = text


def digest(text: str) -> str:
    """As a policy names an inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

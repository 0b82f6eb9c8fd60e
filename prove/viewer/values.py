"""Values as text for the page, so that a browser shows what was compared: 2 and 2.0, true and 1, ids of twenty digits.

Text of a model may hold anything: what is no text for a browser (half a surrogate pair) is escaped here, once.
"""

from __future__ import annotations

import json
import math
from typing import Any


def shown(value: Any) -> str:
    """JSON, with the letters of any script as they are."""
    try:
        return text(json.dumps(value, ensure_ascii=False))
    except (RecursionError, ValueError, TypeError):
        return "(nested too deeply to show)"


def text(value: Any) -> str:
    """A text; anything else as JSON."""
    return value if isinstance(value, str) else "" if value is None else shown(value)


def number(value: Any) -> float | None:
    """A finite number, or None."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None


def packed(value: Any) -> bytes:
    """JSON for the page: plain ASCII, so that any text gets through."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")

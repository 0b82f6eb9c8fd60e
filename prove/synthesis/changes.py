"""Options of conf/synthesis/ with some of them changed; `knobs.distractor_share` names a nested one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any


def changed(options: Mapping[str, Any], changes: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy with the changes. A value that is itself a mapping (shares) is replaced as a whole.

    ValueError, beginning with `where`: there is no such option.
    """
    result = copy.deepcopy(dict(options))
    for path, value in changes.items():
        *parents, name = path.split(".")
        node: Any = result
        for parent in parents:
            node = node.get(parent) if isinstance(node, dict) else None
        if not isinstance(node, dict) or name not in node:
            raise ValueError(f"{where}: synthesis has no option {path}")
        node[name] = copy.deepcopy(value)
    return result

"""The best one-to-one assignment of rows to columns, by the Hungarian method with potentials.

    maximise  Σ_i score[i][column(i)]     min(rows, columns) pairs, no row and no column twice

One row joins at a time: from it the cheapest alternating path to a free column is found (Dijkstra on costs reduced by
the potentials u, v) and turned over. rows² · columns steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def assign(scores: Sequence[Sequence[float]]) -> dict[int, int]:
    """Row -> its column. The matrix is rectangular; an empty one gives {}."""
    if not scores or not scores[0]:
        return {}
    if len(scores) > len(scores[0]):
        return {row: column for column, row in assign(list(zip(*scores, strict=True))).items()}
    rows, columns = len(scores), len(scores[0])
    u, v = [0.0] * rows, [0.0] * (columns + 1)
    owner: list[int | None] = [None] * (columns + 1)  # the last column is where a new row waits
    for row in range(rows):
        owner[columns] = row
        _join(scores, u, v, owner)
    return {row: column for column, row in enumerate(owner[:columns]) if row is not None}


def _join(scores: Sequence[Sequence[float]], u: list[float], v: list[float], owner: list[int | None]) -> None:
    """Finds a place for the waiting row, moving others along the cheapest alternating path."""
    columns = len(owner) - 1
    distance, before = [math.inf] * columns, [columns] * columns
    seen, here = {columns}, columns
    while (row := owner[here]) is not None:
        for column in range(columns):
            if column not in seen and (cost := -scores[row][column] - u[row] - v[column]) < distance[column]:
                distance[column], before[column] = cost, here
        here = min((column for column in range(columns) if column not in seen), key=distance.__getitem__)
        _shift(distance[here], distance, seen, u, v, owner)
        seen.add(here)
    while here != columns:
        owner[here], here = owner[before[here]], before[here]
    owner[columns] = None


def _shift(
    by: float, distance: list[float], seen: set[int], u: list[float], v: list[float], owner: list[int | None]
) -> None:
    """Moves the potentials so that the next column of the path costs nothing."""
    for column in seen:
        u[owner[column]] += by  # type: ignore[index]  # every column of the path is owned
        v[column] -= by
    for column in range(len(distance)):
        if column not in seen:
            distance[column] -= by

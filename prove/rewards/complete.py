"""`reward=prove_complete` (**ours**): the paper's reward without the pay for stopping early.

In the paper validity, name and arg are means over what was done, so they are full after one right call. Here each is
the smaller of that mean and the same sum per wanted call, which is full only when the work is done:

    R_validity = min( Σ_C level / n_calls ,  Σ_t (sum of the c_t highest levels of the calls of tool t) / n_gt )
    R_name     = min( |{c ∈ C: wanted}| / n_calls ,  Σ_t min(calls of t, c_t) / n_gt )
    R_arg      = Σ agreement over the aligned pairs / n_gt
    t = a tool of the ground truth · c_t = the number of its ground-truth calls · Σ_t c_t = n_gt

Coverage, efficiency, abstention and the weights are the paper's. Of the total R′ and the paper's total R:

- R′ ≤ R, and R′ = R once every ground-truth call has an aligned call and every wanted one a successful call.
- While n_calls ≤ n_gt the second terms are the smaller ones, and no further call lowers them: a failed attempt, even a
  malformed one, costs nothing against stopping.
- A right next call raises R′, after any calls: it brings w_arg/n_gt, and w_cov/|G| if it ends a step, and costs at
  most w_eff·α/B, beyond the budget, which is less.
- After n_gt calls a failed attempt lowers the means by at most 1/(n_calls + 1), as in the paper: less than the right
  call that follows it brings, with the paper's weights for up to 12 ground-truth calls.
- A repeated call brings nothing: no tool counts more often than it is wanted.

The alignment prefers covered steps and aligned calls to arguments that agree (prove.rewards.alignment). Where a call
makes it realign the others R_arg may fall, so the last four are about calls that do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from prove.rewards import prove
from prove.rewards.alignment import align
from prove.types import ExecutedCall, GroundTruth, RewardBreakdown


def score(
    calls: Sequence[ExecutedCall], ground_truth: GroundTruth, tools: Sequence[prove.Schema], weights: prove.Weights
) -> RewardBreakdown:
    """The reward of one episode, with the components that its total is made of. ValueError: broken ground truth."""
    paper = prove.score(calls, ground_truth, tools, weights)
    if not ground_truth.steps:
        return paper
    parts = {
        "validity": min(paper.validity, validity(calls, ground_truth, tools)),
        "coverage": paper.coverage,
        "efficiency": paper.efficiency,
        "name": min(paper.name, name(calls, ground_truth)),
        "arg": arg(calls, ground_truth),
    }
    return replace(paper, **parts, total=prove.total(parts, weights))


def validity(calls: Sequence[ExecutedCall], ground_truth: GroundTruth, tools: Sequence[prove.Schema]) -> float:
    """Levels, a third each, per wanted call: of each wanted tool the best calls, as many as are wanted."""
    levels: dict[str, list[int]] = {}
    for call, verdict in zip(calls, prove.judge(calls, tools), strict=True):
        levels.setdefault(call.name, []).append(verdict.level)
    wanted = Counter(call.name for call in ground_truth.calls)
    best = (sum(sorted(levels.get(tool, ()), reverse=True)[:count]) for tool, count in wanted.items())
    return sum(best) / (3 * wanted.total())


def name(calls: Sequence[ExecutedCall], ground_truth: GroundTruth) -> float:
    """Share of the wanted calls whose tool was called, each call counted once."""
    wanted = Counter(call.name for call in ground_truth.calls)
    return (wanted & Counter(call.name for call in calls)).total() / wanted.total()


def arg(calls: Sequence[ExecutedCall], ground_truth: GroundTruth) -> float:
    """Share of arguments that agree per wanted call; 0 for one that no call is aligned to."""
    return sum(align(calls, ground_truth).agreement) / len(ground_truth.calls)

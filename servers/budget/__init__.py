"""Personal budgeting for one household: categories with monthly limits, expenses, recurring ones, savings goals."""

from servers.budget import tools
from servers.budget.records import Budget as World
from servers.budget.seed import generate

__all__ = ["World", "generate", "tools"]

"""Retail banking for one signed-in customer: accounts, payees, payments, standing orders and cards."""

from servers.banking import tools
from servers.banking.records import Bank as World
from servers.banking.seed import generate

__all__ = ["World", "generate", "tools"]

"""A sales CRM for one signed-in sales rep: leads, companies, contacts, deals in a pipeline, activities and reports."""

from servers.crm import tools
from servers.crm.records import Sales as World
from servers.crm.seed import generate

__all__ = ["World", "generate", "tools"]

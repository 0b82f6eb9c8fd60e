"""Stateful worlds that speak MCP. One folder is one server; nothing here knows of `prove`."""

"""Trains language models to use tools over many steps, on live MCP servers."""

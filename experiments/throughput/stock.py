"""The comparison: the same bank behind the SDK's own MCPServer and stdio transport, one world, no sessions."""

from mcp.server import MCPServer

from servers.host import Host

host = Host("banking", seed=7)
server = MCPServer("banking-stock")


@server.tool()
async def get_account(account_id: str) -> dict:
    """Show one account with its balance and overdraft."""
    account = host.tools["get_account"].run(host.state(None), account_id=account_id)
    return {name: getattr(account, name) for name in account.__struct_fields__}


if __name__ == "__main__":
    import sys

    if sys.argv[1:]:
        server.run("streamable-http", port=int(sys.argv[1]), stateless_http=True, json_response=True)
    else:
        server.run("stdio")

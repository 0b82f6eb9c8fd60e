"""A cache of recorded responses that answers like a live server: one SQLite file, only read while it serves.

about(key, value)                                       format = "1", name, source, digest of all tools and responses
tools(name, tool)                                       as MCP lists them, in the order they were listed
responses(tool, world, key, arguments, response, error) one line per call; response is JSON, or an error's text
parameters(tool, parameter, value, world, key)          which calls were made with this value of this argument

    call -> strict check by the recorded schema -> key -> hit: the recorded response
                                                       -> miss: an error that names the nearest recorded calls
"""

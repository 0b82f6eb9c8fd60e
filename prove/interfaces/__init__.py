"""Ways to give a policy its tools: one call at a time, a block of code, a search among all of them (**ours**)."""

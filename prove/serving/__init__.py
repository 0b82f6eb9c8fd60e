"""The laptop engine behind an OpenAI-compatible endpoint: request → token stream → engine → reply."""

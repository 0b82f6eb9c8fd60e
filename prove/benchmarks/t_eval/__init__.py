"""T-Eval (open-compass/T-Eval at 58f2240): six dimensions of tool use, scored on answers to fixed prompts."""

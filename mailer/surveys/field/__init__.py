"""Field work: who may call or type for an evening, whom she has before her, what came of it."""

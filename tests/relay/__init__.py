"""A real SMTP server that misbehaves from a script and knows what it acknowledged; the checker of its log."""

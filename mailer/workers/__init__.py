"""More than one machine: who works, who keeps the clock, and the background work that any of them may do."""

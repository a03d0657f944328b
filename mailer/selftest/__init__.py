"""The self-test: the house's own sender is killed in the middle of a mailing, and nobody is forgotten."""

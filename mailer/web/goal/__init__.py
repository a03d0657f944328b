"""The goal's page, behind a signed link of each of the association's own people."""

"""The issue: blocks and upcoming occurrences of one period, in order, as editions."""

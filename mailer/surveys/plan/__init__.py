"""The channel plan: its rules, its drawing, and how the clock carries it out."""

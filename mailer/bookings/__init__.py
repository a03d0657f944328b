"""Sign-up to events, and the branch's calendar for others to follow."""

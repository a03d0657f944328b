"""Pages for everybody: the archive, the calendar, joining. Nothing in them is about anyone."""

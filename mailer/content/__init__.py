"""What editors write: blocks and events, read from the content folder as values or Problems."""

"""From an edition to a rendering (subject, HTML, text with open slots) and its mould."""

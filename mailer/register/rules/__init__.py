"""The closed language of segments: what may be asked about a person, and how an answer is written down."""

"""The ballot box and the urn: what is anonymous, until it is counted and as far as it may be shown."""

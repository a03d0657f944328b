"""Letters: what goes by post or is filled in by hand, as PDF. Values in, pages out; no register, no survey."""

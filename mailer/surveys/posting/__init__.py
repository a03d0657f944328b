"""Letters of a survey: runs that are printed, envelopes that are posted, pulled, or come back."""

"""What a person or the clock may do to a survey."""

"""The pages where a survey is answered."""

"""Surveys: who is asked and how, what they answer, and the ballot box."""

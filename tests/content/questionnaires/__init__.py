"""Questionnaires: a survey as a file."""

"""Questionnaires: a survey as a file that an editor writes."""

"""V Aktuellt: a newsletter and survey service for membership associations."""

__version__ = "0.1.0"

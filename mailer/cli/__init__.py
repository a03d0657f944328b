"""The command line: a thin door. Facts to stdout, problems to stderr; the last line says what to do next."""

from mailer.cli.main import main

__all__ = ["main"]

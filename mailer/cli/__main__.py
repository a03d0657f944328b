"""`python -m mailer.cli`: the same as `mailer`."""

from mailer.cli.main import main

main()

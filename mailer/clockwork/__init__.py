"""The clock: what is due, decided from our own table; the service that sends and keeps time."""

"""The demonstration: an invented register, a mail server on loopback, one whole month."""

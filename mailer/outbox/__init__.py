"""The outbox: mailings, their approval, and the delivery of one message to each recipient."""

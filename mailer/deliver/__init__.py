"""From a mould and a recipient to bytes on the wire, and back to the ledger."""

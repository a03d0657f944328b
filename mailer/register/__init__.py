"""The register: all contacts, from imports, with their lists, leaves, suppressions and who has looked."""

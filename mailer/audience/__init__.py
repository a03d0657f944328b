"""The audience: lists × segment − leaves − suppressions at one moment; every exclusion has a reason."""

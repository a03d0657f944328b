"""The pages of those who call members, and of those who have the paper forms."""

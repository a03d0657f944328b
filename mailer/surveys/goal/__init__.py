"""The goal: who is contacted, reached and has answered, and where it will end."""

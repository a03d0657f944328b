"""Channel plans: a survey's steps as a file that an editor writes: whom, when, how, in which words."""

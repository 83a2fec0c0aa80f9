"""A review: a scene with its results, ready to be reported, compared or drawn."""

"""A target system to look at and to test on: its tables, a market that fills them, real prices, a live feed."""

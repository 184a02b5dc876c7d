"""Looking for disagreements with a live oracle: making requests, judging answers, reducing what disagrees."""

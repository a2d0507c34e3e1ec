"""The score of townships 考评 (S4, 24): components, weights and ranks, each with the numbers it is made of."""

"""What leaves the house as a table or a document."""

"""What happens on the spot: tasks, checklists, checks with their answers and photos."""

"""Policy rules: limits that are data with a date, a region and a source, judged on facts that someone recorded."""

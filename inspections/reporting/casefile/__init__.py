"""The case file 案卷 of a finding: its papers, answers, checks, photos, map, evidence and time line in Word."""

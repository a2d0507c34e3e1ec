"""What schools and institutions say of themselves. It is a claim: never a finding, until somebody has looked."""

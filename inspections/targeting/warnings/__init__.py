"""Early warning 预警 (S0-4): what becomes general, grows or has a trend, said in time to the one who can act.

`material` reads what is known, detectors (`surges`, `seasons`, `spreading`, `places`) turn it into signals without
asking the database, `raising` keeps one warning for each condition, `handling` is what people do with it.
"""

"""The words on the screen: Chinese in the sources, English in `en/LC_MESSAGES/messages.po`.

`python -m webapp.translations extract` brings the catalogue in line with the sources, `check` says what is
missing, `compile` makes what the running app reads. An English text may choose by a number: `{n} {n:site|sites}`.
"""

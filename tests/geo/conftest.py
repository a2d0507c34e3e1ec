from hypothesis import settings

# Examples are judged by what comes out, never by how fast a busy machine was
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

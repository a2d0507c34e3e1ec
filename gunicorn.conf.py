"""The web server, however it is started: `gunicorn --bind=… wsgi:app` in this folder reads this file by itself."""

preload_app = True  # importing takes longer than forking; no connection is open at that moment
worker_class = "gthread"
workers = 2
threads = 4
timeout = 60
graceful_timeout = 20
loglevel = "warning"
control_socket_disable = True

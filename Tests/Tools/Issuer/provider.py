"""Runs django-oauth-toolkit as an OpenID Connect provider with a login page, for logins in a browser.

usage: scripts/python Tests/Tools/Issuer/requirements.txt Tests/Tools/Issuer/provider.py PORT REDIRECT_URI

It ends when its standard input does. The issuer is http://127.0.0.1:PORT/o. Client: udaconnect, secret: secret-of-tests. Users:
alice, bob and carol, password: password of NAME. The first line of its output says that it is ready. The login page has #id_username,
#id_password and a submit button; nothing else is asked. prompt=login asks again, and ID tokens report auth_time.
"""
import pathlib
import socketserver
import sys
import tempfile
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path
from jwcrypto import jwk

port, redirect = int(sys.argv[1]), sys.argv[2]
CLIENT, SECRET, USERS = "udaconnect", "secret-of-tests", ("alice", "bob", "carol")
PAGE = """<!doctype html><title>Login</title><form method="post">{% csrf_token %}{{ form.as_p }}
<input type="hidden" name="next" value="{{ next }}"><button type="submit">Log in</button></form>"""


def configure(folder):
    (folder / "registration").mkdir()
    (folder / "registration/login.html").write_text(PAGE)
    settings.configure(
        SECRET_KEY="tests", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, USE_TZ=True, LOGIN_URL="/login/",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "database"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [folder]}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True, "PKCE_REQUIRED": True, "SCOPES": {"openid": "who you are", "profile": "your name"},
            "OIDC_RSA_PRIVATE_KEY": jwk.JWK.generate(kty="RSA", size=2048).export_to_pem(True, None).decode(),
            "OIDC_ISS_ENDPOINT": f"http://127.0.0.1:{port}/o", "ALLOWED_REDIRECT_URI_SCHEMES": ["http", "https"],
        },
    )
    django.setup()


def fill():
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application
    call_command("migrate", verbosity=0)
    for name in USERS:
        User.objects.create_user(name, f"{name}@example.com", f"password of {name}")
    Application.objects.create(
        name="UdaConnect", client_id=CLIENT, client_secret=SECRET, client_type="confidential", algorithm="RS256",
        authorization_grant_type="authorization-code", redirect_uris=redirect, skip_authorization=True,
    )


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


with tempfile.TemporaryDirectory() as name:
    configure(pathlib.Path(name))
    from django.contrib.auth.views import LoginView
    urlpatterns = [
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")), path("login/", LoginView.as_view()),
        path("", lambda request: HttpResponse("ready")),
    ]
    fill()
    server = make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready: http://127.0.0.1:{port}/o", flush=True)
    sys.stdin.read()

"""The issuer of logins is away: sessions, keys and phones go on, and nobody can log in there."""

from enforcing import Enforcing, free_port, provider
from situation import Situation, check, until

TITLE = "the OpenID Connect issuer is away, also at the start of access-service"


def run(binaries):
    suite = Enforcing(binaries)
    port, callback = free_port(), f"{suite.url}/api/login/callback"
    with provider(port, callback) as settings:
        suite.more["access-service"] = settings
        suite.__enter__()
        try:
            login = until(lambda: suite.ask("GET", "/api/login").status, 303, 20)
            yield check("a login while the issuer is there", login[0], 303)
            situation = Situation(suite)
        except BaseException:
            suite.__exit__()
            raise
    try:
        yield check("an attendee's own person", situation.own(), 200)
        yield check("a client with a key", situation.key(), 200)
        yield check("a location of a phone", situation.send(), 200)
        callback = suite.ask("GET", "/api/login/callback?code=x&state=y")
        yield check("the end of a login: no session", "Set-Cookie" in callback.headers and "uda=" in callback.headers["Set-Cookie"], False)
        suite.stop("access-service")
        suite.start("access-service")
        suite.wait("access-service")
        yield check("after a start without the issuer: a login", suite.ask("GET", "/api/login").status, 503)
        yield check("the own person", situation.own(), 200)
        yield check("a login by the code of a claim", suite.ask(
            "POST", "/api/session", {}, {"code": suite.command("claims", "create", 2)["code"]}).status, 200)
        with provider(port, callback=f"{suite.url}/api/login/callback"):
            found, seconds = until(lambda: suite.ask("GET", "/api/login").status, 303, 90)
            yield check(f"a login {seconds:.0f} s after the issuer is back", found, 303)
    finally:
        suite.__exit__()

"""What sealed_client.py asks of the server: REST with a token, and the socket that says what is new."""

import json
import random
import time

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

RECONNECT_SECONDS = 1, 30  # of the first pause and the longest, with full jitter
ASK_AGAIN_SECONDS = 0.5, 2, 5
NEVER_AGAIN = range(4500, 5000)


class Refusal(Exception):
    """The server has said no. `code` is its word, `answer` the whole of what it said."""

    def __init__(self, answer):
        said = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        super().__init__(said.get("detail") or f"The server answered {answer.status_code}.")
        self.code, self.answer = said.get("code", str(answer.status_code)), said


class Server:
    def __init__(self, url, token=None):
        self.url = url.rstrip("/")
        # Without the proxies that the environment names: it is this server that is meant.
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        self.use(token)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def use(self, token):
        self.token = token
        self.http.headers = self.signed_in()

    def signed_in(self):
        return {"Authorization": f"Token {self.token}"} if self.token else {}

    def sign_in(self, username, password):
        self.use(None)
        self.use(self.ask("POST", "/auth/token", {"username": username, "password": password})["token"])

    def ask(self, method, path, body=None, **options):
        """The JSON of an answer. Raises Refusal, and OSError where there is none."""
        answer = self.request(method, path, **({"json": body} if body is not None else {}), **options)
        return answer.json() if answer.content else None

    def request(self, method, path, **options):
        try:
            answer = self.http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ConnectionError(f"{self.url} does not answer: {error}") from None
        if answer.is_error:
            raise Refusal(answer)
        return answer

    def ask_surely(self, method, path, body):
        """The same for what has a nonce: asked again where no answer comes, since it may have been carried out."""
        for pause in ASK_AGAIN_SECONDS:
            try:
                return self.ask(method, path, body)
            except ConnectionError:
                time.sleep(pause)
        return self.ask(method, path, body)

    def every(self, path):
        """Yields what is in a list, page after page."""
        while path:
            page = self.ask("GET", path)
            yield from page["results"]
            path = page["next"]

    def messages(self, room, after=0):
        """Yields the messages of a room from the oldest on, or from behind a number."""
        while True:
            page = self.ask("GET", f"/rooms/{room}/messages?after={after}&limit=100")
            yield from page["results"]
            if not page["results"] or page["results"][-1]["seq"] >= page["last_seq"]:
                return
            after = page["results"][-1]["seq"]

    def upload(self, room, name, media_type, content, nonce):
        files, data = {"file": (name, content, media_type)}, {"nonce": nonce}
        return self.ask("POST", f"/rooms/{room}/attachments", files=files, data=data)

    def download(self, url):
        return self.request("GET", url).content

    def socket(self):
        return connect(f"ws{self.url[4:]}/connect", proxy=None, additional_headers=self.signed_in())

    def events(self):
        """Yields what the socket says, for ever, and None when a connection stands: what was missed is to be read then.
        Ends where the server says so."""
        pause = RECONNECT_SECONDS[0]
        while True:
            try:
                with self.socket() as socket:
                    pause = RECONNECT_SECONDS[0]
                    yield None
                    for frame in socket:
                        yield from map(json.loads, frame.splitlines())
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in NEVER_AGAIN:
                    return
            except InvalidStatus as refused:
                if refused.response.status_code == 403:
                    return
            except OSError:
                pass  # the server is away
            time.sleep(random.uniform(0, pause))  # noqa: S311  # no secret
            pause = min(2 * pause, RECONNECT_SECONDS[1])

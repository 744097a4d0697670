"""Pages go out compressed: a room's is a fifth of its size then, and a phone waits for it."""

from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers

from mindnet.base.pieces import Pieces


class PageGZipMiddleware(GZipMiddleware):
    """Django's, which pads each answer by chance so that its length says nothing of the secrets in it; for pages alone.
    Answers of REST are small and many, and files are compressed already.

    A page that is drawn of pieces (`mindnet.templatetags.drawn`) is put together here, of what is compressed already;
    for whoever takes nothing compressed, of the same pieces as they are.
    """

    def process_request(self, request):
        request.pieces = Pieces()

    def process_response(self, request, response):
        is_page = response.get("Content-Type", "").startswith("text/html")
        if response.streaming or not request.pieces.held:
            return super().process_response(request, response) if is_page else response
        if is_page:
            patch_vary_headers(response, ("Accept-Encoding",))
        if not is_page or response.has_header("Content-Encoding") or not takes_packed(request):
            return with_content(response, request.pieces.whole(response.content))
        response.headers["Content-Encoding"] = "gzip"
        return with_content(response, request.pieces.packed(response.content))


def takes_packed(request):
    return re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")) is not None


def with_content(response, content):
    response.content = content
    response.headers["Content-Length"] = str(len(content))
    return response

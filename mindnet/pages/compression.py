"""Pages go out compressed: a room's is a fifth of its size then, and a phone waits for it."""

from django.middleware.gzip import GZipMiddleware


class PageGZipMiddleware(GZipMiddleware):
    """Django's, which pads each answer by chance so that its length says nothing of the secrets in it; for pages alone.
    Answers of REST are small and many, and files are compressed already."""

    def process_response(self, request, response):
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)

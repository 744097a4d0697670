"""One Django view and nothing around it, under the uvicorn that `manage.py serve` runs, with the same settings of it.

Not a peer, a gauge: what a request of Django's costs at least.
"""

import gc
import os
import sys

import django
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path


def view(request):
    return HttpResponse(b'{"status":"ok"}', content_type="application/json")


urlpatterns = [path("", view)]


def main():
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], WORKERS=1)
    django.setup()
    from mindnet.serving import server

    sys.setswitchinterval(server.SWITCH_SECONDS)
    config = server.config()
    # uvicorn's own reader: ours needs our settings.
    config.app, config.http, config.ws, config.lifespan = get_asgi_application(), "httptools", "none", "off"
    config.host, config.port = "127.0.0.1", int(os.environ["PORT"])
    config.load()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*server.GC_THRESHOLDS)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()

"""Names that nobody may take: they would speak for the network, or stand for something else in a path."""

# fmt: off
RESERVED_NAMES = frozenset((
    "abuse", "account", "accounts", "admin", "administrator", "all", "analytics", "announcement", "announcements",
    "anonymous", "api", "auth", "bot", "broadcast", "channel", "connect", "connection", "deleted", "docs",
    "everybody", "everyone", "guest", "healthz", "help", "here", "hostmaster", "info", "login", "logout", "mail",
    "me", "message", "messages", "metrics", "mindnet", "moderation", "moderator", "moderators", "nobody",
    "noreply", "null", "official", "online", "operator", "operators", "owner", "password", "postmaster",
    "presence", "psychic", "psychics", "readyz", "register", "reports", "root", "room", "rooms", "schema",
    "search", "security", "self", "service", "session", "settings", "signup", "staff", "static", "status",
    "support", "sysadmin", "system", "team", "undefined", "unknown", "user", "webmaster",
))
# fmt: on


def is_reserved(username: str) -> bool:
    """Dots, dashes and underscores do not make another name of it: ad.min and _admin_ are reserved too."""
    bare = username.lower().translate(str.maketrans("", "", "._-"))
    return bare in RESERVED_NAMES or not bare

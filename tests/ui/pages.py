"""Bodies of pages: our templates, filled."""

from django.template.loader import render_to_string

COMPOSER = (
    '<p id="said" role="status"></p><div id="place" class="text"></div><ol id="pending"></ol>{composer}'
)


def composer(most: int = 4000) -> str:
    """The composer, with its emoji picker, and a place for what is pending."""
    return COMPOSER.format(composer=render_to_string("chat/_composer.html", {"most": most}))


def bell() -> str:
    """The button for notifications."""
    return render_to_string("chat/_bell.html")

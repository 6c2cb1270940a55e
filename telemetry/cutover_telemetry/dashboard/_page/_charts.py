"""Places for charts, which the page's script draws once they are seen; without it the tables stand alone."""

from cutover_telemetry.dashboard._page._markup import Tag, tag


def chart(name: str, said: str) -> Tag:
    """The place of a chart, with what it shows in words."""
    return tag(
        "figure", class_="chart", id=f"{name}-chart", data_chart=name, data_keep=True, role="img", aria_label=said
    )

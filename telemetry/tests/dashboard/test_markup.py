import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from cutover_telemetry.dashboard import data, tag, to_html
from cutover_telemetry.dashboard._page import to_data

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=60)


class Seen(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.attributes = [], "", {}
        self.feed(html)
        self.close()

    def handle_starttag(self, name, attrs):
        self.tags.append(name)
        self.attributes.update(attrs)

    def handle_data(self, text):
        self.text += text


@given(TEXT, TEXT)
def test_any_text_is_text_and_any_attribute_is_an_attribute(text, value):
    seen = Seen(to_html(tag("p", text, title=value)))
    assert (seen.tags, seen.text, seen.attributes) == (["p"], text, {"title": value})


@given(TEXT)
def test_any_data_stays_in_its_block(text):
    html = to_html(data("figures", {"name": text}))
    inside = html.partition(">")[2].rpartition("</script>")[0]
    assert "<" not in inside
    assert json.loads(inside) == {"name": text}


def test_attributes_are_left_out_where_there_is_nothing_to_say():
    made = tag("input", required=True, hidden=False, value=None, data_sort=0, class_="x", aria_label="a")
    assert to_html(made) == '<input required="" data-sort="0" class="x" aria-label="a">'


def test_what_cannot_be_seen_is_spelt_out():
    made = tag("p", "near\u202e\x00", title="\udcff")
    assert to_html(made) == r'<p title="?">near\u202e\u0000</p>'
    assert to_data(made) == ["p", {"title": "?"}, r"near\u202e\u0000"]


def test_the_same_tree_is_html_and_data():
    made = tag("p", ["a", tag("b", "<")], None, class_="x")
    assert to_html(made) == '<p class="x">a<b>&lt;</b></p>'
    assert to_data(made) == ["p", {"class": "x"}, "a", ["b", {}, "<"]]

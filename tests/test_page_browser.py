"""The page in a real browser: what is seen of it, by eye, by keyboard, by whom it asks."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from streams.page.alerts import Alerts
from streams.view import Attention, StateNow
from tests.browser import browser, seen
from tests.shown_page import EVIL, OWN_RULE, TOKEN, alerting, served, shown_view
from tests.views import AT_MS, CARD_DESK, key, live

pytestmark = pytest.mark.needs_browser

COLOURS = """
const seen = new Set();
const behind = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$|transparent/.test(colour)) return colour;
  }
  return "rgb(0, 0, 0)";
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
  if (text && node.getClientRects().length && !["SCRIPT", "STYLE"].includes(node.tagName))
    seen.add(JSON.stringify([getComputedStyle(node).color, behind(node)]) + text.slice(0, 20));
}
return [...seen];
"""
"""Colour of each visible text and of what stands behind it."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """One browser, and one server whose view tests may change."""
    now = SimpleNamespace(view=shown_view())
    with (
        alerting() as alertmanager,
        served(
            lambda: now.view,
            names=True,
            token_of_names=TOKEN,
            alerts=Alerts(f"http://127.0.0.1:{alertmanager.port}"),
        ) as server,
        browser(tmp_path_factory.mktemp("browser")) as driver,
    ):
        yield SimpleNamespace(
            driver=driver,
            at=f"http://127.0.0.1:{server.port}",
            now=now,
            wait=WebDriverWait(driver, 10),
        )


@pytest.fixture
def opened(page):
    """The page as anybody sees it who opens it."""
    page.now.view = shown_view()
    page.driver.delete_all_cookies()
    page.driver.get(f"{page.at}/?queue=bank/web/chat")
    shown(page)
    page.wait.until(lambda _: texts(page, "#queues tbody td:nth-child(2)")[:1] == ["web"])
    return page


def shown(page):
    page.wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "#queues tbody tr"))
    page.wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, ".figure b"))


def texts(page, selector):
    return seen(page.driver, selector)


def fits(page):
    """Whether no figure is cut, also where it is as long as they get, and the page is not too wide."""
    return page.driver.execute_script(
        """
        const long = document.querySelector(".figure b"), before = long.textContent;
        long.textContent = "1:06:40";
        const told = [...document.querySelectorAll(".figure *")];
        const whole = told.every((one) => one.scrollWidth <= one.clientWidth);
        long.textContent = before;
        return whole && document.body.scrollWidth <= innerWidth;
        """
    )


def luminance(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_queues_stand_worst_first_and_a_name_is_text_never_markup(opened):
    assert texts(opened, "#queues tbody td:nth-child(2)") == ["web", "cards", EVIL, "loans", ""]
    assert not opened.driver.find_elements(By.CSS_SELECTOR, "main img")
    assert "taken" not in opened.driver.title
    of_alerts = [f"critical: {EVIL}", "bank", "warning: DiskFull", ""]
    assert texts(opened, "#alerts b, #alerts span") == of_alerts
    read = seen(opened.driver, "#alerts li", "textContent")
    assert read[0].startswith(f"critical: {EVIL} bank "), (
        "words stand apart for who hears or copies them"
    )
    assert texts(opened, "#alerts-count") == ["▼ 2"]
    assert not opened.driver.get_log("browser")


def test_key_figures_are_46_pixels_high_and_nothing_is_scrolled_sideways(opened):
    sizes = opened.driver.execute_script(
        "return [...document.querySelectorAll('.figure b')].map("
        "(one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert len(sizes) == 6
    assert min(sizes) >= 46
    assert fits(opened)
    held = "const one = document.querySelector('.queues .scroll'); return "
    assert opened.driver.execute_script(f"{held}one.scrollWidth <= one.clientWidth")


def test_every_text_stands_out_from_what_is_behind_it(opened):
    opened.driver.get(f"{opened.at}/?queue=bank/cards/voice")
    opened.wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "#fte .u-legend"))
    told = [re.findall(r"rgba?\([^)]*\)", one) for one in opened.driver.execute_script(COLOURS)]
    assert len(told) > 40
    assert not [(one, two) for one, two in told if contrast(one, two) < 4.5]


def test_a_word_or_sign_stands_beside_every_colour(opened):
    tones = opened.driver.execute_script(
        "return [...document.querySelectorAll('.good, .bad, .unknown')].map("
        "(one) => (one.closest('.figure') || one).innerText)"
    )
    signs = re.compile(r"[▲▼!?●]|--|live|critical|warning|[+-]\d")
    assert tones
    assert not [text for text in tones if text.strip() and not signs.search(text)]
    assert seen(opened.driver, ".bar i", "title") == ["available 2"]
    assert texts(opened, "#state-legend li") == ["available"]


def test_the_page_asks_nobody_but_its_own_server(opened):
    asked = opened.driver.execute_script(
        "return performance.getEntriesByType('resource').map((one) => one.name)"
    )
    assert {"page.js", "uPlot.js", "page.css"} <= {name.split("/")[-1] for name in asked}
    assert not [name for name in asked if not name.startswith(opened.at)]
    opened.driver.execute_script("fetch('http://localhost:9/').catch(() => {})")
    opened.wait.until(lambda driver: "connect-src" in str(driver.get_log("browser")))


def test_what_the_pointer_rests_on_stays_there_while_figures_are_pushed(opened):
    rests = "window.rests = [...document.querySelectorAll('.bar i, .marks i, #state-legend li')]"
    assert opened.driver.execute_script(f"return ({rests}).length") > 2
    at_work = key(CARD_DESK, AT_MS, "north")
    opened.now.view = shown_view(people={at_work: {"available": StateNow(3, AT_MS - 60_000)}})
    opened.wait.until(lambda _: seen(opened.driver, ".bar i", "title") == ["available 3"])
    assert opened.driver.execute_script("return rests.every((one) => one.isConnected)")


def test_figures_are_pushed_and_unknown_ones_become_unknown(opened):
    waiting = "[data-key=waiting] b"
    assert texts(opened, waiting) == ["3"]
    silent = live("bank")._replace(silent=True)
    opened.now.view = shown_view(sources=(silent,))
    opened.wait.until(lambda _: texts(opened, waiting) == ["--"])
    assert texts(opened, "[data-key=waiting] p") == ["? unknown"]
    opened.driver.get(f"{opened.at}/?queue=bank/cards/voice")
    opened.wait.until(lambda _: texts(opened, "#day-known") == ["? unknown after 09:04"])


def test_the_keyboard_moves_between_queues_and_shows_the_day_of_one(opened):
    rows = opened.driver.find_elements(By.CSS_SELECTOR, "#queues tbody tr[data-queue]")
    assert [row.get_attribute("tabindex") for row in rows] == ["0", "-1", "-1", "-1"]
    rows[0].send_keys(Keys.ARROW_DOWN)
    focused = opened.driver.switch_to.active_element
    assert focused.get_attribute("data-queue") == "bank/cards/voice"
    focused.send_keys(Keys.ENTER)
    opened.wait.until(lambda _: texts(opened, "#day-queue") == ["cards"])
    opened.wait.until(lambda driver: len(driver.find_elements(By.TAG_NAME, "canvas")) == 2)
    assert "queue=bank%2Fcards%2Fvoice" in opened.driver.current_url
    legend = "#contacts .u-legend .named .u-value"
    before = texts(opened, legend)
    opened.driver.find_element(By.ID, "contacts").send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    opened.wait.until(lambda _: texts(opened, legend) != before)
    assert texts(opened, "#contacts .u-legend .named .u-label")[0] == "Forecast"


def heading(page, column):
    return page.driver.find_element(By.CSS_SELECTOR, f"#queues th[data-sort={column}]")


def names_of(page):
    return [name for name in texts(page, "#queues tbody td:nth-child(2)") if name]


def test_a_heading_sorts_the_queues_by_its_column_and_the_third_time_by_the_worst_again(opened):
    worst_first = names_of(opened)
    title = "#queues-title"
    assert texts(opened, title) == ["Queues, worst first by gap to target"]
    told = []
    for _ in range(3):
        heading(opened, "offered").find_element(By.TAG_NAME, "button").click()
        told.append((names_of(opened)[:2], heading(opened, "offered").get_attribute("aria-sort")))
    assert told[0] == (["web", "cards"], "descending")
    assert told[1][1] == "ascending"
    assert set(told[1][0]) == {"loans", EVIL}, "nobody came there"
    assert told[2][1] == "none"
    assert names_of(opened) == worst_first
    assert texts(opened, title) == ["Queues, worst first by gap to target"]


def test_what_has_no_value_stands_last_whichever_way_queues_are_sorted(opened):
    for _ in range(2):
        heading(opened, "oldest").find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
        assert names_of(opened)[0] == "cards", "only there somebody waits"
        assert texts(opened, "#queues-title") == ["Queues by Oldest"]


def test_an_order_is_kept_by_the_address_over_pushes_and_languages_and_totals_stay_last(opened):
    opened.driver.get(f"{opened.at}/?queue=bank/web/chat&sort=queue")
    shown(opened)
    opened.wait.until(lambda _: names_of(opened) == sorted(names_of(opened)))
    assert texts(opened, "#queues tbody tr:last-child td:first-child") == ["Network"]
    opened.driver.find_element(By.CSS_SELECTOR, "button[data-lang=ja]").click()
    opened.wait.until(lambda _: texts(opened, "#queues-title") == ["キューの並び: キュー"])
    assert names_of(opened) == sorted(names_of(opened))
    assert "sort=queue" in opened.driver.current_url
    chosen = "#queues tr[aria-selected=true] td:nth-child(2)"
    assert texts(opened, chosen) == ["web"], "the queue that was chosen, wherever it stands"
    marks = opened.driver.find_elements(By.CSS_SELECTOR, "#queues tr[aria-selected=true] .marks i")
    assert marks, "each row keeps its own marks"


def test_a_queue_without_a_forecast_says_so_instead_of_a_curve(opened):
    opened.driver.get(f"{opened.at}/?queue=bank/loans/voice")
    opened.wait.until(lambda _: "No forecast of today" in "".join(texts(opened, "#no-day")))
    assert not opened.driver.find_element(By.ID, "curves").is_displayed()


def test_a_floor_without_people_says_so_and_not_that_nobody_is_out(opened):
    nobody = Attention({}, {}, ())
    opened.now.view = replace(shown_view(), groups=(), people={}, attention=nobody)
    opened.wait.until(lambda _: texts(opened, "#no-states") == ["Nothing is told of people."])
    assert texts(opened, "#attention td") == ["Nothing is told of people."]
    assert not opened.driver.find_element(By.CSS_SELECTOR, ".states .legend").is_displayed()


def test_a_button_speaks_japanese_and_the_address_keeps_it(opened):
    opened.driver.find_element(By.CSS_SELECTOR, "button[data-lang=ja]").click()
    opened.wait.until(lambda _: "目標未達キュー" in texts(opened, ".figure h3"))
    assert opened.driver.execute_script("return document.documentElement.lang") == "ja"
    assert "lang=ja" in opened.driver.current_url
    empty = opened.driver.execute_script(
        "return [...document.querySelectorAll('[data-word]')].filter((one) => !one.textContent).length"
    )
    assert empty == 0


def test_alerts_say_what_is_wrong_in_the_language_of_the_page_and_keep_their_names(opened):
    said = "#alerts li p"
    assert [one.split(maxsplit=1)[1] for one in texts(opened, said)] == [
        *(f"{EVIL} fires", OWN_RULE),
    ]
    opened.driver.find_element(By.CSS_SELECTOR, "button[data-lang=ja]").click()
    opened.wait.until(lambda _: texts(opened, "#alerts b") == [f"重大: {EVIL}", "警告: DiskFull"])
    assert [one.split(maxsplit=1)[1] for one in texts(opened, said)] == [
        *(f"{EVIL}が発報", OWN_RULE),
    ]
    assert not opened.driver.find_elements(By.CSS_SELECTOR, "main img")
    script = "return [...document.querySelectorAll('#alerts p')].every((one) => one.scrollWidth <= one.clientWidth)"
    assert opened.driver.execute_script(script), "nothing of it is cut"


def test_what_a_column_says_is_at_its_heading_and_in_a_list_that_needs_no_pointer(opened):
    script = "return [...document.querySelectorAll('#queues th')].map((one) => one.title)"
    titles = opened.driver.execute_script(script)
    assert titles[:2] == ["", ""]
    assert all(titles[2:])
    summary = opened.driver.find_element(By.CSS_SELECTOR, "#columns summary")
    summary.send_keys(Keys.ENTER)
    opened.wait.until(lambda _: "FTE" in " ".join(texts(opened, "#columns-said dd")))
    assert set(titles[2:]) <= set(texts(opened, "#columns-said dd"))
    assert texts(opened, "#columns-said h3")[:2] == [
        "Queues, worst first by gap to target",
        "Feeds",
    ]
    opened.driver.find_element(By.CSS_SELECTOR, "button[data-lang=ja]").click()
    opened.wait.until(lambda _: "最長待ち" in texts(opened, "#columns-said dt"))


def test_names_appear_once_the_token_was_sent_in_the_form(opened):
    assert EVIL not in " ".join(texts(opened, "#attention td"))
    opened.driver.find_element(By.CSS_SELECTOR, "#names a").click()
    field = opened.driver.find_element(By.NAME, "token")
    field.send_keys("wrong", Keys.ENTER)
    opened.wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, ".bad[role=alert]"))
    opened.driver.find_element(By.NAME, "token").send_keys(TOKEN, Keys.ENTER)
    shown(opened)
    opened.wait.until(lambda _: texts(opened, "#attention td")[:1] == [EVIL])


def test_a_note_of_usual_length_is_whole_beside_its_figure_at_both_sizes(opened):
    script = """
        const note = document.querySelector("[data-key=offered_today] p");
        note.textContent = "+13.3% vs plan (10/13 queues)";
        return note.scrollWidth <= note.clientWidth && note.scrollHeight <= note.clientHeight + 1;
    """
    for width, height in ((1280, 720), (1920, 1080)):
        opened.driver.set_window_size(width, height)
        assert opened.driver.execute_script(script), width


def test_at_1280_by_720_everything_can_be_reached(opened):
    opened.driver.set_window_size(1280, 720)
    try:
        opened.driver.get(f"{opened.at}/?queue=bank/cards/voice")
        shown(opened)
        assert fits(opened)
        first = opened.driver.find_element(By.CSS_SELECTOR, "#queues tbody tr").rect
        assert first["y"] + first["height"] < 720
    finally:
        opened.driver.set_window_size(1920, 1080)


def test_without_a_connection_no_old_figure_is_shown(page):
    with served() as server:
        page.driver.get(f"http://127.0.0.1:{server.port}")
        shown(page)
    page.wait.until(lambda _: texts(page, "#banner")[0].startswith("Connection lost"))
    assert not page.driver.find_element(By.TAG_NAME, "main").is_displayed()
    with served(port=server.port):
        page.wait.until(lambda _: texts(page, "#banner") == [""])
        shown(page)
        assert page.driver.find_element(By.TAG_NAME, "main").is_displayed()


def test_the_head_says_what_fires_at_the_width_of_a_telephone_too(opened):
    opened.driver.set_window_size(400, 800)
    try:
        opened.wait.until(lambda _: "critical 1, warning 1" in texts(opened, "header a")[0])
        wide = "return document.documentElement.scrollWidth <= innerWidth"
        assert opened.driver.execute_script(wide), "languages can be chosen without scrolling aside"
    finally:
        opened.driver.set_window_size(1920, 1080)
    told = opened.driver.find_element(By.CSS_SELECTOR, "header [aria-live=polite]")
    assert told.text == texts(opened, "header a")[0], "who hears the page hears when it changes"


def test_a_head_that_says_nothing_of_alerts_is_no_link_without_a_name(page):
    with served() as server:
        page.driver.get(f"http://127.0.0.1:{server.port}")
        shown(page)
        assert page.driver.find_element(By.ID, "firing").value_of_css_property("display") == "none"

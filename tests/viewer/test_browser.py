"""The explorer in a real browser: the main paths by mouse and keyboard, served and as one file, and hostile text."""

from __future__ import annotations

import threading

import pytest

from experiments.viewer import chromium
from prove.view import main, open_book
from prove.viewer.server import ViewServer
from tests.viewer.made import ATTEMPTS, DIFFERS, GOLD, episode, run, write

pytestmark = pytest.mark.skipif(chromium.missing() is not None, reason=str(chromium.missing()))

HOSTILE = '</script><script>window.hurt=1</script><img src=x onerror="window.hurt=1"><b>bold</b>'
WAIT = 120_000  # ms; a bound for a machine that is busy with other things, not a measure


@pytest.fixture(scope="module")
def started():
    with chromium.browser() as one:
        yield one


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run(tmp_path_factory.mktemp("browser") / "run")


@pytest.fixture(scope="module")
def still(folder):
    """The run as one file."""
    file = folder.parent / "still.html"
    assert main([str(folder), "--static", str(file)]) == 0
    return file.as_uri()


@pytest.fixture
def page(started):
    """A page that fails its test on any error or refused resource."""
    context = started.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    one = context.new_page()
    one.set_default_timeout(WAIT)
    wrong: list[str] = []
    one.on("pageerror", lambda error: wrong.append(str(error)))
    one.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    yield one
    context.close()
    assert wrong == []


def opened(page, address, view=""):
    page.goto(f"{address}#{view}")
    page.wait_for_selector("html[data-ready]", timeout=WAIT)
    return page


def summary(page, words):
    page.wait_for_function("words => document.getElementById('summary')?.textContent === words", arg=words)


def test_steps_groups_and_episodes_are_read_by_keyboard_alone(page, still):
    opened(page, still)
    summary(page, "18 episodes")
    lines = page.locator("#list .line:not(.heads)")
    assert "train, step 1" in lines.nth(0).inner_text()
    assert lines.nth(0).get_attribute("aria-expanded") == "true"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "2 of 4" in page.locator("#list .line.cursor").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(".episode-head")
    assert "episode 2 of 4" in page.locator(".episode-head").inner_text()
    page.keyboard.press("]")
    page.wait_for_function("() => document.querySelector('.episode-head').textContent.includes('episode 3 of 4')")
    assert "key=a.train.1.5" in page.url
    page.keyboard.press("Escape")
    page.wait_for_selector("#list .line.cursor")
    assert "3 of 4" in page.locator("#list .line.cursor").inner_text()
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_an_episode_says_why_it_got_its_reward(page, still):
    opened(page, still, "view=episode&key=a.train.1.3")  # the wrong amount
    page.wait_for_selector(".call")
    total = page.locator(".sum tfoot [data-total]")
    assert total.get_attribute("data-total") == total.get_attribute("data-sum")
    assert "adds up to the stored total" in page.locator(".sum").inner_text()
    pay = page.locator(".call").nth(1).inner_text()
    assert "answers step 1, 1 argument differs" in pay and "✗ differs" in pay
    assert "2 of 3 calls allowed" in page.locator(".budget").inner_text()
    assert "0 before 1" in page.locator(".edges").inner_text()
    assert "end otherwise" in page.locator("section[aria-label='Worlds at the end']").inner_text()
    assert "advantage" in page.locator(".group-box").inner_text()
    assert page.locator(".offer").count() == 3


def test_a_link_opens_the_same_episode_and_back_returns(page, still):
    opened(page, still, "view=episode&key=a.heldout.2.2")
    page.wait_for_selector("text=no call was wanted")
    page.get_by_role("button", name="Back").click()
    page.wait_for_selector("#list")
    page.go_back()
    page.wait_for_selector(".episode-head")


def test_filters_leave_what_they_say_and_count_what_they_would_leave(page, still):
    opened(page, still)
    summary(page, "18 episodes")
    page.get_by_label("wrong order").check()
    summary(page, "4 of 18 episodes")
    page.get_by_role("button", name="Clear").click()
    summary(page, "18 episodes")
    page.get_by_role("button", name="zero variance").click()
    summary(page, "8 of 18 episodes")
    page.keyboard.press("x")
    page.get_by_label("component").select_option("arg")
    page.locator("[data-filter='below']").fill("0.9")
    summary(page, "5 of 18 episodes")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.locator("[data-filter='to']").fill("1")
    summary(page, "8 of 18 episodes")
    page.get_by_role("button", name="not exact").click()
    page.get_by_label("order", exact=True).select_option("low")
    rewards = [float(text) for text in page.locator("#list .line.row .c1 .number").all_inner_texts()]
    assert rewards == sorted(rewards)


def test_search_finds_what_was_said_and_called(page, still):
    opened(page, still)
    summary(page, "18 episodes")
    page.keyboard.press("/")
    page.keyboard.type('"number 2" rosa')
    summary(page, "4 of 18 episodes")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    summary(page, "18 episodes")
    page.get_by_label("search").fill("no payee pay-9")
    summary(page, "2 of 18 episodes")
    page.get_by_label("search").fill("nothing says this")
    page.wait_for_selector("text=No episode passes these filters.")


def test_another_reward_scores_list_and_episode_again(page, still):
    opened(page, still, "view=episode&key=a.train.1.3")
    page.wait_for_selector(".call")
    page.get_by_label("reward", exact=True).select_option("graduated_fixed")
    page.wait_for_selector("text=reward=graduated_fixed, scored again")
    assert "atomic" in page.locator(".sum").inner_text()
    assert "compared with step 1; reaches step 1" in page.locator(".call").nth(1).inner_text()
    page.get_by_label("reward", exact=True).select_option("prove_state")
    page.wait_for_selector(".sum >> text=state")
    total = page.locator(".sum tfoot [data-total]")
    assert total.get_attribute("data-total") == total.get_attribute("data-sum")


def test_two_episodes_stand_beside_each_other(page, still):
    opened(page, still, "view=episode&key=a.train.1.3")
    page.wait_for_selector(".call")
    page.keyboard.press("c")
    page.wait_for_selector(".half + .half .call")
    assert page.locator(".half").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_theme_follows_the_system_until_it_is_chosen(page, still):
    opened(page, still)
    back = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(back)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(back)
    assert light != dark
    page.keyboard.press("t")
    assert page.evaluate(back) == light
    page.keyboard.press("t")
    assert page.evaluate(back) == dark


@pytest.mark.parametrize("width", [1280, 900])
def test_no_view_is_wider_than_its_window(page, still, width):
    page.set_viewport_size({"width": width, "height": 700})
    for view in ("", "view=episode&key=a.train.1.7", "view=pair&key=a.train.1.1&other=a.train.1.3"):
        opened(page, still, view)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_text_of_a_model_is_only_ever_text(page, tmp_path):
    write(tmp_path / "bad.jsonl", [episode(HOSTILE, calls, HOSTILE, HOSTILE) for calls in ATTEMPTS])
    assert main([str(tmp_path / "bad.jsonl"), "--static", str(tmp_path / "bad.html")]) == 0
    opened(page, (tmp_path / "bad.html").as_uri())
    page.keyboard.press("e")
    opened(page, (tmp_path / "bad.html").as_uri(), "view=episode&key=a.bad.0.1")
    page.wait_for_selector(".said.user")
    assert page.locator(".said.user p").inner_text() == HOSTILE
    assert page.evaluate("[window.hurt, document.querySelectorAll('main img, main b').length]") == [None, 0]
    page.get_by_label("search").fill("<b>bold")
    summary(page, "4 episodes")


def test_a_served_run_is_compared_with_another_and_shows_its_new_step(page, tmp_path):
    before, after = run(tmp_path / "before", steps=1), run(tmp_path / "after", steps=1)
    write(after / "episodes/heldout/00001.jsonl", [episode("heldout-1", DIFFERS), episode("heldout-2", GOLD)])
    with ViewServer(open_book([before, after])) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        opened(page, server.address)
        summary(page, "20 episodes")
        page.keyboard.press("v")
        page.wait_for_selector("text=1 worse")
        page.get_by_role("link", name="heldout-1").click()
        page.wait_for_selector(".half + .half .call")
        page.get_by_label("reward", exact=True).select_option("graduated")
        page.wait_for_selector(".half + .half >> text=reward=graduated, scored again")
        page.get_by_label("reward", exact=True).select_option("as stored")
        write(after / "episodes/train/00002.jsonl", [episode("train-21", GOLD)])
        page.get_by_label("search").fill("rosa")
        page.get_by_role("button", name="Reload").click()
        summary(page, "21 episodes")
        server.shutdown()
        thread.join()

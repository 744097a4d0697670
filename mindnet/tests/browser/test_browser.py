"""The browser is a real one: it runs scripts, and its complaints reach the tests."""


def test_the_browser_runs_a_script(page):
    page.set_content("<p id=place></p><script>document.getElementById('place').textContent = 6 * 7</script>")
    assert page.locator("#place").inner_text() == "42"


def test_what_a_page_complains_of_is_noticed(page, complaints):
    page.set_content("<script>console.error('a complaint'); setTimeout(() => { throw new Error('thrown') })</script>")
    page.wait_for_timeout(300)
    assert any("a complaint" in text for text in complaints)
    assert any("thrown" in text for text in complaints)
    complaints.clear()

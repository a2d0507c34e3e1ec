from inspections.intake.tips import TipState
from inspections.registry.sites import PublicList
from tests.factories import COUNTY, make_site, make_tip

HERE = f"/public/{COUNTY}"


def test_everybody_reads_the_lists_and_the_counts(client, session) -> None:
    make_site(session, name="晨光<b>艺术", public_list=PublicList.WHITE, address="北大道 8 号")
    make_site(session, name="小太阳", public_list=PublicList.BLACK)
    make_site(session, name="没有列入的")
    make_tip(session, state=TipState.CONFIRMED, text="机密的话")
    session.commit()
    answer = client.get(HERE)
    assert answer.status_code == 200
    assert "晨光&lt;b&gt;艺术" in answer.text
    assert not any(words in answer.text for words in ("小太阳", "没有列入的", "机密的话"))
    assert "小太阳" in client.get(f"{HERE}?list=black").text
    assert "12345" in answer.text


def test_the_page_may_be_kept_by_whoever_passes_it_on(client, session) -> None:
    answer = client.get(HERE)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    assert client.get(HERE, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_rubbish_in_the_address_shows_the_page_as_it_is(client, session) -> None:
    for query in ("list=x&page=-4&township=y", "page=999999999999", "q=%00%27%22", f"q={'长' * 5000}", "page=abc"):
        assert client.get(f"{HERE}?{query}").status_code == 200
    for code in ("999999", "abc", "36112９", "0"):
        assert client.get(f"/public/{code}").status_code == 404

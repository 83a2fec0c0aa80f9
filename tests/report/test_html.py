"""The HTML report: one well-formed file, no reference out of it, no name that escapes, both languages."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from lxml import etree, html

from immersive.checks._run import Results
from immersive.errors import UsageError
from immersive.findings import Evaluation, Verdict
from immersive.report import _html_style, _words
from immersive.report._html_docs import doc_html, doc_sections
from immersive.report._html_words import OUTCOME, WORDS
from immersive.report.html import to_html
from immersive.report.json import to_json
from immersive.review.document import Outcome, Review
from immersive.scene.model import Notice, Scene, Severity, Source
from tests.sample_review import CLEARANCE, DOC, box_part, cell, gap, review, review_of

EMPTY = Review(Scene("empty", ()), Results(()))
EVIL = "</style></script><img src=x onerror=alert(1)>\"'&\x00\x1b"


@pytest.fixture(scope="module")
def english() -> str:
    return to_html(review())


@pytest.fixture(scope="module")
def french() -> str:
    return to_html(review(), lang="fr")


def tree(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def visible(text: str) -> str:
    """The text a reader sees, without method pages (written in English) and code names."""
    page = tree(text)
    for path in ("//style", "//script", "//code", "//pre", "//*[@class='doc']"):
        for element in page.xpath(path):
            element.drop_tree()
    return " ".join(page.text_content().split())


def test_well_formed(english: str) -> None:
    # Void elements closed and the doctype gone, the page must be XML: nothing unbalanced, all escaped.
    body = english.removeprefix("<!DOCTYPE html>\n")
    body = re.sub(r"<(meta|input)((?:\s[^<>]*?)?)>", r"<\1\2/>", body)
    body = body.replace(" checked", ' checked=""').replace(" hidden>", ' hidden="">')
    body = re.sub(r"<(style|script)>.*?</\1>", "", body, flags=re.DOTALL)
    etree.fromstring(body.encode())


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_identities_are_unique_and_links_arrive(lang: str) -> None:
    page = tree(to_html(review(), lang=lang))
    idents = [i for i in page.xpath("//@id") if not i.startswith("immersive-")]
    assert len(idents) == len(set(idents))
    for target in page.xpath("//a/@href"):
        assert target.startswith("#")
        assert target[1:] in idents
    assert page.xpath("/html/@lang") == [lang]


def test_no_reference_leaves_the_file(english: str) -> None:
    page = tree(english)
    assert not page.xpath(
        "//@src | //link | //iframe | //object | //embed | //base | //form | //img | //*[@style]"
    )
    handlers = [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    assert not handlers
    outside = set(re.findall(r"[a-z]+://[^\s\"'<>)]+", english)) - {"http://www.w3.org/2000/svg"}
    assert not outside
    assert "@import" not in english
    assert not re.findall(r"url\((?!#)", english)


def test_policy_allows_exactly_the_style_and_the_script(english: str) -> None:
    page = tree(english)
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for kind, source in (("style", _html_style.CSS), ("script", _html_style.SCRIPT)):
        inline = page.xpath(f"//{kind}")
        assert len(inline) == 1
        assert inline[0].text == source
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def hostile_review() -> Review:
    scene = replace(
        cell(),
        name=EVIL,
        title=EVIL,
        sources=(Source(EVIL, EVIL, 1, EVIL, EVIL, EVIL, EVIL),),
        notices=(Notice(EVIL, Severity.ERROR, EVIL, {"en": EVIL, "fr": EVIL}, EVIL, EVIL),),
    )
    scene = scene.with_parts(
        [*scene.parts, box_part(EVIL, (1.0, 1.0, 1.0), (0.0, 0.0, 0.5), scene.parts[0].role)]
    )
    both = {"en": EVIL, "fr": EVIL}
    finding = gap(0.1, message=both, hint=both, subjects=(EVIL,), code=EVIL, data={EVIL: EVIL}, unit=EVIL)
    check = replace(CLEARANCE, code="evil", name=both, doc=EVIL + "\n\n" + EVIL)
    passed = replace(finding, verdict=Verdict.PASS, key="p")
    return review_of(scene, (check, Evaluation((finding, passed), {EVIL: 3}, assumptions=(both,))))


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_hostile_names_stay_text(lang: str) -> None:
    text = to_html(hostile_review(), lang=lang)
    assert "<img" not in text
    assert "\x00" not in text
    assert "\x1b" not in text
    page = tree(text)
    assert not page.xpath("//img | //*[@onerror]")
    assert len(page.xpath("//script")) == 1
    assert len(page.xpath("//style")) == 1
    assert "<img src=x onerror=alert(1)>" in page.xpath("//h1")[0].text_content()


def test_every_fact_of_a_finding_is_there(english: str) -> None:
    page = tree(english)
    article = page.get_element_by_id(f"f-{gap().id}")
    said = article.text_content().replace("\u00a0", " ")
    for fact in ("Fail", "Error", "87 mm", "≥ 120 mm", "33 mm", "± 1 mm", "ISO 13854:2017, table 1",
                 "from memory: verify it in the standard", "Move the fence by 33 mm", gap().id, "robot/arm"):  # fmt: skip
        assert fact in said
    assert article.xpath(".//*[local-name()='svg']")
    assert article.xpath(".//*[@class='tag memory']")


def test_order_groups_and_passes(english: str) -> None:
    page = tree(english)
    rules = [h.text_content() for h in page.xpath("//div[@class='rulehead']/h3")]
    assert rules == ["reach-all – Reach", "robot-fence – Clearance", "aisles – Walkways"]
    assert len(page.xpath("//article")) == len(review().open_findings)
    folded = page.xpath("//details[.//summary[contains(., 'findings that pass')]]//tbody/tr")
    assert len(folded) == 2
    assert "fail" not in folded[0].text_content().lower()


def test_inputs_notices_method_scope(english: str) -> None:
    said = visible(english)
    assert "ab" * 32 in english
    for words in ("fixed by the format", "set by the layout", "1.2 km is large for a bin", "The robot stands still.",
                  "screening aid", "check not run", "it cannot be reached", "20 parts, 190 pairs"):  # fmt: skip
        assert words in said.replace("\u00a0", " ")
    assert "narrow phase on triangles" in english


@pytest.mark.parametrize(("lang", "label"), [("en", "9 notes"), ("fr", "9 informations")])
def test_many_small_notices_are_folded_and_grave_ones_never(lang: str, label: str) -> None:
    mild = [Notice(f"n{i}", Severity.INFO, "a.stl", {"en": f"note {i}", "fr": f"note {i}"}) for i in range(9)]
    grave = Notice("gone", Severity.ERROR, "b.stl", {"en": "is missing", "fr": "est absent"})
    scene = replace(cell(), notices=(*mild, grave))
    page = tree(to_html(review(scene), lang=lang))
    folds = [d for d in page.xpath("//details") if label in d.text_content()]
    assert len(folds) == 1
    assert len(folds[0].xpath(".//tbody/tr")) == 9
    assert "b.stl" not in folds[0].text_content()
    assert "b.stl" in page.text_content()


@pytest.mark.parametrize(
    ("outcome", "of"),
    [
        (Outcome.FAIL, review()),
        (
            Outcome.OPEN,
            review_of(cell(), (CLEARANCE, Evaluation((gap(0.12, Verdict.INDETERMINATE),), {"pairs": 1}))),
        ),
        (Outcome.PASS, review_of(cell(), (CLEARANCE, Evaluation((gap(0.5, Verdict.PASS),), {"pairs": 1})))),
        (Outcome.NOTHING_EXAMINED, review_of(cell(), (CLEARANCE, Evaluation()))),
        (Outcome.NOTHING_EXAMINED, EMPTY),
    ],
)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_banner_says_the_answer(outcome: Outcome, of: Review, lang: str) -> None:
    banner = tree(to_html(of, lang=lang)).xpath("//section[starts-with(@class, 'banner')]")[0]
    assert banner.get("class") == f"banner {outcome}"
    head, text = (pair[lang == "fr"] for pair in OUTCOME[outcome])
    signs = {Outcome.FAIL: "✕", Outcome.OPEN: "?", Outcome.PASS: "✓", Outcome.NOTHING_EXAMINED: "∅"}
    assert signs[outcome] in banner.text_content()
    assert head in banner.text_content()
    assert text in banner.text_content()


def test_nothing_examined_is_never_green() -> None:
    for of in (EMPTY, review_of(cell(), (CLEARANCE, Evaluation()))):
        text = to_html(of)
        assert '<section class="banner pass"' not in text
        assert "Everything that was asked for was examined" not in text
        assert "There is no finding" not in text


def test_french_has_no_english_label_left(french: str) -> None:
    said = f" {visible(french)} "
    for pair in WORDS.values():
        if pair[0] and pair[0] != pair[1]:
            assert f" {pair[0].replace('{0}', '80')} " not in said
    tables = (_words.VERDICT, _words.SEVERITY, _words.CONFIDENCE, _words.ROLE, _words.UNIT_ORIGIN)
    for table in tables:
        for words in table.values():
            if words["en"] != words["fr"]:
                assert f" {words['en']} " not in said, words
    assert "87 mm" in said.replace("\u00a0", " ")
    assert "120,5 mm" in said.replace("\u00a0", " ")
    assert not re.findall(r"\d\.\d+\s?(?:mm|m)\b", said)


def test_every_word_has_two_languages() -> None:
    for key, (english_word, french_word) in WORDS.items():
        assert french_word, key
        assert english_word or key == "method lang"
        if english_word == french_word:
            assert english_word in {"Date", "Format", "Verdict", "Total"}, "the same word in both languages"
    alike = {
        words["en"]
        for words in (*_words.ROLE.values(), *_words.SEVERITY.values())
        if words["en"] == words["fr"]
    }
    assert alike == {"Machine", "Robot", "Information"}


def test_same_bytes_twice_and_a_stamp_only_when_asked(english: str) -> None:
    assert to_html(review()) == english
    stamped = to_html(review(), generated_at="2025-03-01T12:00:00Z")
    assert "2025-03-01T12:00:00Z" in stamped
    assert "2025" not in visible(english)
    assert hashlib.sha256(to_json(review()).encode()).hexdigest()[:16] in english


def test_pictures_are_bounded_and_said_to_be() -> None:
    text = to_html(review(), pictures=2)
    assert len(tree(text).xpath("//figure[@aria-label]")) == 2
    assert "Pictures are drawn for the 2 findings that matter most." in text


def test_repeated_identities_get_anchors_of_their_own() -> None:
    twice = review_of(cell(), (CLEARANCE, Evaluation((gap(0.1), gap(0.09)), {"pairs": 2})))
    idents = tree(to_html(twice)).xpath("//article/@id")
    assert len(idents) == len(set(idents)) == 2


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_text() -> None:
    colors = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", _html_style.CSS))
    for name in ("ink", "soft", "fail", "indeterminate", "not_evaluated", "pass", "nothing", "link"):
        assert contrast(colors[name], "#ffffff") >= 4.5, name
        assert contrast(colors[name], colors["pale"]) >= 4.5, name
    assert contrast("#7a3d00", "#fff3dd") >= 4.5
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_docstring_sections() -> None:
    title, sections = doc_sections(DOC)
    assert title == "Clearance: the smallest distance between parts."
    assert [heading for heading, _ in sections] == ["What", "Why", "Method", "Limits", "References"]
    page = doc_html(DOC)
    assert "<ul><li>broad phase over all boxes</li><li>narrow phase on triangles</li></ul>" in page
    assert "<code>touch</code>" in page
    assert "<em>clear</em> of 2*3*4" in doc_html("T\n\nWhat\n    *clear* of 2*3*4\n")
    assert "&lt;b&gt;" in doc_html("T\n\nWhat\n----\n    a <b> tag\n")


def test_other_languages_are_refused() -> None:
    with pytest.raises(UsageError):
        to_html(EMPTY, lang="de")

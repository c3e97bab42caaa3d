"""Every alert in Japanese: the same values as in English, in words of the field."""

import re
from collections import Counter

import pytest
import yaml

from streams.rules.files import alerts, rule_files
from streams.rules.japanese import SENTENCES, in_japanese
from tests.rules.promtool import CASES, noted
from tests.rules.said import said

ALERTS = [
    rule
    for text in rule_files().values()
    for group in yaml.safe_load(text)["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
NAMES = sorted({rule["alert"] for rule in ALERTS})
TEMPLATE = re.compile(r"\{\{.*?\}\}")
KANA_OR_KANJI = re.compile(r"[ぁ-ヿ一-鿿]")
TERMS = {
    "ServiceLevelLow": "サービスレベル",
    "ServiceLevelAhead": "サービスレベル",
    "AbandonmentHigh": "放棄率",
    "ChatAbandonmentHigh": "放棄率",
    "OldestWaitHigh": "最長待ち時間",
    "HandleTimeDeviation": "平均処理時間",
    "StaffShort": "必要人員",
    "AdherenceLow": "遵守率",
    "AttainmentLow": "達成率",
    "OccupancyHigh": "占有率",
    "BotContainmentDropped": "自律処理率",
    "BacklogLate": "平均遅延時間",
    "FeedSilent": "データ源",
    "StaffOutOfSchedule": "予定外",
    "StaffNoShow": "未出勤",
}
"""As the catalogue, the boards and the page call it: 達成率, 遵守率 and 一致率 are three KPIs."""


def both(rule):
    return rule["annotations"]["summary"], rule["annotations"]["summary_ja"]


def values(text):
    """Labels, values and queries that a text shows, whatever its language."""
    return Counter(
        re.findall(r"\$labels\.\w+|\$value\b|`[^`]*`|humanize\w*|printf \"[^\"]*\"", text)
    )


def numbers(text):
    """Numbers that stand in the words themselves."""
    return Counter(re.findall(r"\d+(?:\.\d+)?%?", TEMPLATE.sub("", text)))


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_says_in_japanese_what_it_says_in_english_with_the_same_values(name):
    rules = [rule for rule in ALERTS if rule["alert"] == name]
    assert rules
    for english, japanese in map(both, rules):
        assert KANA_OR_KANJI.search(TEMPLATE.sub("", japanese))
        assert not re.search(r"\bunknown\b|\btarget\b", japanese)
        assert values(english) == values(japanese)
        assert not numbers(english) - numbers(japanese), (english, japanese)


@pytest.mark.parametrize(("name", "term"), TERMS.items())
def test_a_thing_is_called_what_the_boards_and_the_page_call_it(name, term):
    assert all(term in both(rule)[1] for rule in ALERTS if rule["alert"] == name)


def test_levels_and_severities_that_differ_in_english_differ_in_japanese():
    told = {(rule["alert"], *both(rule)) for rule in ALERTS}
    assert len({(name, english) for name, english, _ in told}) == len(told)
    assert len({(name, japanese) for name, _, japanese in told}) == len(told)


def test_no_sentence_is_kept_that_no_alert_says(monkeypatch):
    assert set(SENTENCES) == set(NAMES)
    for name, sentences in list(SENTENCES.items()):
        told = [alert.says for alert in alerts() if alert.name == name]
        for english, japanese in sentences.items():
            monkeypatch.setitem(SENTENCES, name, {english: japanese})
            assert any(fits(name, says) for says in told), english


def fits(name, says):
    try:
        return bool(in_japanese(name, says))
    except ValueError:
        return False


def test_a_sentence_that_was_changed_in_english_alone_is_refused_by_name():
    says = "{{ $labels.queue }}: volume of the week is {{ $value | humanizePercentage }} against its forecast"
    with pytest.raises(ValueError, match=r"VolumeDeviation: .* has no Japanese; hint: .*japanese"):
        in_japanese("VolumeDeviation", says)
    with pytest.raises(ValueError, match="NobodyKnowsIt"):
        in_japanese("NobodyKnowsIt", "No worker answers")


def test_a_value_is_taken_whole_with_its_sign_its_query_and_its_else():
    says = next(a.says for a in alerts() if a.name == "VolumeSurge")
    share = "{{ if gt $value 0.0 }}+{{ end }}{{ $value | humanizePercentage }}"
    assert (
        in_japanese("VolumeSurge", says)
        == f"{{{{ $labels.queue }}}}: 15分当たりの着信件数は予測比{share}"
    )
    says = next(a.says for a in alerts() if a.name == "OldestWaitHigh" and a.severity == "critical")
    japanese = in_japanese("OldestWaitHigh", says)
    assert japanese.count("{{ with") == japanese.count("{{ else }}不明{{ end }}") == 1
    assert japanese.endswith("の6倍超)")


def rendered(name):
    """What each of an alert's cases says that fires."""
    cases = [case for case in CASES if case.alert == name and {"fires", "always"} & set(case.kinds)]
    assert cases
    told = []
    for step_s in {case.step_s for case in cases}:
        asked = [asked_of(case) for case in cases if case.step_s == step_s]
        told += said(name, step_s, asked)
    return told


def asked_of(case):
    """Its series while it fires, and a moment, s, at which it does."""
    kind = "fires" if "fires" in case.kinds else "always"
    series = {
        name: noted(None if value is None else f"{value:g}" for value in values)
        for name, values in case.series(kind)
    }
    return series, (case.lead + case.after) * case.step_s


@pytest.mark.needs_promtool
@pytest.mark.parametrize("name", NAMES)
def test_what_prometheus_writes_out_has_the_same_figures_in_both_languages(name):
    for _, english, japanese in rendered(name):
        for text in (english, japanese):
            assert not re.search(r"<no value>|error|\{\{|NaN|reReplace", text), text
        # 3m 20s is 3分20秒; of an hour and more nothing is left out either.
        written = re.findall(r"\d+(?:\.\d+)?", japanese)
        assert not Counter(re.findall(r"\d+(?:\.\d+)?", english)) - Counter(written), (
            english,
            japanese,
        )
        assert not re.search(r"\d(d|h|m|s)\b", japanese), japanese

"""Japanese of alerts on what customers get, on demand, on technology and on deferred and outbound work."""

SENTENCES: dict[str, dict[str, str]] = {
    "ServiceLevelLow": {
        "{queue}: service level {reached} in the last interval; target {target}": (
            "{queue}: 直近区間のサービスレベル{reached}(目標{target})"
        ),
        "{program}: {share} of the service level promised for the last interval": (
            "{program}: 直近区間のサービスレベルが目標の{share}にとどまる"
        ),
        "All programs together: {share} of the service level promised for the last interval": (
            "全プログラム合計: 直近区間のサービスレベルが目標の{share}にとどまる"
        ),
    },
    "ServiceLevelBurning": {
        "{queue}: {missed} not answered in time (30m); target {target}": (
            "{queue}: 直近30分の着信の{missed}が目標時間内に応答できず(サービスレベル目標{target})"
        ),
        "{queue}: {missed} not answered in time (2h); target {target}": (
            "{queue}: 直近2時間の着信の{missed}が目標時間内に応答できず(サービスレベル目標{target})"
        ),
        "{queue}: {missed} not answered in time (day so far); target {target}": (
            "{queue}: 本日累計で着信の{missed}が目標時間内に応答できず(サービスレベル目標{target})"
        ),
    },
    "ServiceLevelOutOfReach": {
        "{queue}: at best {best} in this interval; target {target}": (
            "{queue}: 現区間のサービスレベルは最良でも{best}(目標{target})"
        ),
    },
    "ServiceLevelAhead": {
        "{queue}: {best} expected at best in one of the next intervals; target {target}": (
            "{queue}: この先の区間でサービスレベルが最良でも{best}まで低下する見込み(目標{target})"
        ),
    },
    "DayServiceLevelAtRisk": {
        "{queue}: the rest of the day needs {needed} in time; target of the day {target}": (
            "{queue}: 本日の目標{target}の達成には、残り時間でサービスレベル{needed}が必要"
        ),
    },
    "OldestWaitHigh": {
        "{queue}: somebody has waited {wait}, over {times} times the {promised} promised": (
            "{queue}: 最長待ち時間{wait}(目標時間{promised}の{times}倍超)"
        ),
    },
    "AbandonmentHigh": {
        "{queue}: {share} abandoned in 30 minutes; target {target}": (
            "{queue}: 直近30分の放棄率{share}(目標{target})"
        ),
    },
    "ChatAbandonmentHigh": {
        "{queue}: {share} of chats abandoned in this interval and the last; target {target}": (
            "{queue}: 現区間と直近区間のチャット放棄率{share}(目標{target})"
        ),
    },
    "BacklogLate": {
        "{queue}: overdue work is {late} late on average, over {share} of what is allowed": (
            "{queue}: 期限超過案件の平均遅延時間{late}(許容上限の{share}超)"
        ),
    },
    "BacklogDueSoon": {
        "{queue}: {cases} cases are overdue or due soon, over {times} times what can be done by "
        "then at the pace of the last two hours": (
            "{queue}: 期限超過・期限間近の案件{cases}件(直近2時間のペースで期限までに処理できる件数の{times}倍超)"
        ),
    },
    "ListBehindPlan": {
        "{queue}: lists are {days} days of their plan behind, more than {limit}": (
            "{queue}: リストの発信が計画より{days}日分遅れ(許容{limit}日を超過)"
        ),
    },
    "VolumeDeviation": {
        "{queue}: volume of the day is {share} against its forecast": (
            "{queue}: 本日の着信件数は予測比{share}"
        ),
    },
    "VolumeSurge": {
        "{queue}: what comes in a quarter-hour is {share} against its forecast": (
            "{queue}: 15分当たりの着信件数は予測比{share}"
        ),
    },
    "HandleTimeDeviation": {
        "{queue}: handle time of this interval is {share} against its forecast": (
            "{queue}: 現区間の平均処理時間は予測比{share}"
        ),
        "{queue}: handle time of 45 minutes is {share} against its forecast": (
            "{queue}: 直近45分の平均処理時間は予測比{share}"
        ),
    },
    "BotContainmentDropped": {
        "{queue}: containment of this hour {points} (in points) below the last four weeks": (
            "{queue}: この1時間の自律処理率が過去4週を{points}(ポイント差)下回る"
        ),
    },
    "BotLatencyHigh": {
        "{queue}: responses within X in this interval {points} (in points) below the last four weeks": (
            "{queue}: 現区間のX以内の応答率が過去4週を{points}(ポイント差)下回る"
        ),
    },
    "TechnologyDown": {
        "{queue}: down for {time} of this interval": "{queue}: 現区間のうち{time}停止",
    },
    "TechnologyDegraded": {
        "{queue}: not fully working for {time} of this interval": (
            "{queue}: 現区間のうち{time}は完全には稼働せず"
        ),
    },
    "AttemptsBlocked": {
        "{program}: {attempts} attempts blocked on busy or full lines in 15 minutes": (
            "{program}: 直近15分に話中・回線満杯で遮断された着信{attempts}件"
        ),
        "{program}: {share} of attempts in 15 minutes blocked": (
            "{program}: 直近15分の着信の{share}が話中・回線満杯で遮断"
        ),
    },
    "ChatOffersStopped": {
        "{queue}: no chat was offered to visitors for half an hour": (
            "{queue}: 30分間、訪問者へのチャットのオファーなし"
        ),
    },
}
"""By alert: English with names of values, and Japanese with the same names."""

"""Japanese of alerts on people and on the plan."""

_WHO, _WHO_JA = "{group} ({site})", "{group}({site})"

SENTENCES: dict[str, dict[str, str]] = {
    "StaffShort": {
        f"{_WHO}: {{fte}} FTE fewer than the {{needed}} required": (
            f"{_WHO_JA}: 必要人員{{needed}} FTEに対し{{fte}} FTE不足"
        ),
        "{site}: {fte} FTE fewer than the {needed} required": (
            "{site}: 必要人員{needed} FTEに対し{fte} FTE不足"
        ),
    },
    "StaffSurplus": {
        f"{_WHO}: {{fte}} FTE more than the {{needed}} required, for two intervals": (
            f"{_WHO_JA}: 必要人員{{needed}} FTEに対し2区間続けて{{fte}} FTE過剰"
        ),
    },
    "StaffShortAhead": {
        f"{_WHO}: {{fte}} FTE fewer expected in the next interval than required": (
            f"{_WHO_JA}: 次区間は必要人員に対し{{fte}} FTE不足の見込み"
        ),
    },
    "OpenQueueUnstaffed": {
        "{program}: {queues} open queues, and nobody of its groups is working": (
            "{program}: 営業時間中の{queues}キューに対し、全グループで稼働要員なし"
        ),
    },
    "SiteUnstaffed": {
        "{site}: nobody is working, {fte} FTE are required": (
            "{site}: 稼働要員なし(必要人員{fte} FTE)"
        ),
    },
    "GroupOfUnstaffedSite": {
        f"{_WHO}: its site is or was unstaffed; {{fte}} FTE are required": (
            f"{_WHO_JA}: 拠点に稼働要員がいない、または最近までいなかった(必要人員{{fte}} FTE)"
        ),
    },
    "StaffMissing": {
        f"{_WHO}: {{people}} people of those scheduled were missing in the last 15 minutes": (
            f"{_WHO_JA}: 直近15分に勤務予定者のうち平均{{people}}人が不在"
        ),
        "{site}: {people} people are missing who are scheduled to work now": (
            "{site}: 現在勤務予定の{people}人が不在"
        ),
    },
    "AdherenceLow": {
        f"{_WHO}: adherence {{share}} in the last interval, work past a break not counted against it": (
            f"{_WHO_JA}: 直近区間の遵守率{{share}}(休憩時刻を過ぎた対応は不遵守に含めない)"
        ),
    },
    "StaffOutOfSchedule": {
        f"{_WHO}: {{people}} out of schedule for over {{minutes}} minutes, staff is missing": (
            f"{_WHO_JA}: {{people}}人が{{minutes}}分を超えて予定外、要員不足"
        ),
    },
    "StaffNoShow": {
        f"{_WHO}: {{people}} have not come to their shift": f"{_WHO_JA}: シフト開始後も{{people}}人が未出勤",
    },
    "StaffStuckRinging": {
        f"{_WHO}: {{people}} ring and nobody answers": f"{_WHO_JA}: {{people}}人が呼出中のまま応答せず",
    },
    "StaffStuckAfterCallWork": {
        f"{_WHO}: {{people}} stay in after-call work beyond the limit": (
            f"{_WHO_JA}: {{people}}人の後処理が上限時間を超過"
        ),
    },
    "AttainmentLow": {
        f"{_WHO}: attainment {{share}} of requested FTE over two hours": (
            f"{_WHO_JA}: 直近2時間の達成率{{share}}(要求FTE比)"
        ),
    },
    **{
        name: {
            f"{_WHO}: occupancy {{share}} in this interval and the last": (
                f"{_WHO_JA}: 現区間と直近区間の占有率{{share}}"
            ),
        }
        for name in ("OccupancyHigh", "OccupancyLow")
    },
    "ForecastMissing": {
        "{program}: {queues} open queues have no forecast for today": (
            "{program}: 営業時間中の{queues}キューに本日の予測なし"
        ),
    },
    "ScheduleMissing": {
        "{group}: {people} people work and nobody is scheduled today": (
            "{group}: {people}人が稼働中だが、本日の勤務予定なし"
        ),
    },
    "TargetMissing": {
        "{program}: {queues} open queues have no service level target": (
            "{program}: 営業時間中の{queues}キューにサービスレベル目標なし"
        ),
    },
    "TargetsInconsistent": {
        "{queue}: the service level target leaves no room for the abandonment target": (
            "{queue}: サービスレベル目標と放棄率目標が両立しない"
        ),
    },
    "PlanVersionChanged": {
        "{queue}: version {version} of the forecast came after the official one": (
            "{queue}: 公式の予測より新しい版(版番号{version})を受信"
        ),
    },
    "ContactsInClosedQueue": {
        "{queue}: {contacts} contacts wait outside its opening hours": (
            "{queue}: 営業時間外に待ち呼{contacts}件"
        ),
    },
}
"""By alert: English with names of values, and Japanese with the same names."""

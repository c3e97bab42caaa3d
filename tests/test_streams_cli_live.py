"""demo, run and simulate as a user starts them: processes, signals, /metrics."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.data import ROOT

FLOORWATCH = [sys.executable, "-m", "streams.cli"]
CENTER = """
[plan.programs.shop]
time_zone = "Europe/Berlin"
[plan.queues.sales]
program = "shop"
"""
PATIENCE_S = 120


def started(folder: Path, *arguments: str, **given: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*FLOORWATCH, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **given,  # type: ignore[call-overload]
    )


def finished(folder: Path, *arguments: str, text: str | None = None) -> str:
    process = started(folder, *arguments, stdin=subprocess.PIPE)
    out, errors = process.communicate(text, timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    return out


def stopped(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> None:
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


def address(process: subprocess.Popen[str]) -> str:
    """Where /metrics is served, as the process says on stderr."""
    assert process.stderr is not None
    for line in process.stderr:
        if "http://" in line:
            return "http://" + line.split("http://")[1].split("/metrics")[0]
    raise AssertionError("ended without serving")


def metrics_when(url: str, wanted: str) -> str:
    """The page of /metrics once a line of it says `wanted`."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{url}/metrics") as page:
            text: str = page.read().decode()
        if wanted in text:
            return text
        time.sleep(0.2)
    raise AssertionError(f"never said {wanted!r}:\n{text}")


def test_the_demo_shows_every_queue_and_ends_by_itself(tmp_path: Path) -> None:
    shown = finished(tmp_path, "demo", "--for", "8", "--speed", "30").splitlines()
    assert any("Network" in line and "Service level today" in line for line in shown)
    assert any("mobile-care/mobile-billing" in line for line in shown)


def test_a_followed_log_is_scraped_and_goes_on_after_a_signal(tmp_path: Path) -> None:
    (tmp_path / "center.toml").write_text(CENTER)
    log = tmp_path / "queue_log"
    now = int(time.time())
    log.write_text(f"{now - 30}|1.1|sales|NONE|ENTERQUEUE||100|1\n")
    arguments = ("run", "--config", "center.toml", "--store", "c.db", "--port", "0", "queue_log")
    first = started(tmp_path, *arguments)
    page = metrics_when(address(first), 'cc_contacts_waiting{channel="voice",program="shop"')
    assert 'cc_contacts_waiting{channel="voice",program="shop",queue="sales"} 1.0' in page
    stopped(first)
    with log.open("a") as more:
        more.write(f"{now - 20}|1.1|sales|SIP/1|CONNECT|10|x|3\n")
    second = started(tmp_path, *arguments)
    url = address(second)
    page = metrics_when(
        url, 'cc_contacts_in_progress{channel="voice",program="shop",queue="sales"} 1'
    )
    assert 'cc_contacts_waiting{channel="voice",program="shop",queue="sales"} 0.0' in page
    with urllib.request.urlopen(f"{url}/ready") as ready:
        assert ready.read() == b"ok\n"
    with urllib.request.urlopen(f"{url}/events?queue=shop/sales/voice") as pushed:
        # A reader who stays holds nobody up who wants to end.
        name, told = pushed.readline(), json.loads(pushed.readline().removeprefix(b"data: "))
        stopped(second)
    assert (name, told["queues"]["keys"]) == (b"event: moment\n", ["shop/sales/voice"])
    assert [figure["text"] for figure in told["figures"] if figure["key"] == "waiting"] == ["0"]


def test_a_second_run_on_one_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "queue_log").write_text("")
    arguments = ("run", "--store", "c.db", "--port", "0", "queue_log")
    first = started(tmp_path, *arguments)
    address(first)
    second = started(tmp_path, *arguments)
    _, errors = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 2
    assert "another floorwatch is writing this store" in errors
    assert "Traceback" not in errors
    stopped(first, signal.SIGINT)


def test_a_pipe_is_folded_to_its_end_and_recorded(tmp_path: Path) -> None:
    (tmp_path / "center.toml").write_text(CENTER)
    start = (int(time.time()) // 900 - 20) * 900
    lines = [
        f"{start}|1.1|sales|NONE|ENTERQUEUE||100|1",
        f"{start + 10}|1.1|sales|SIP/1|CONNECT|10|x|3",
        f"{start + 70}|1.1|sales|SIP/1|COMPLETECALLER|10|60|1",
        f"{start + 15_000}|1.2|sales|NONE|ENTERQUEUE||100|1",
    ]
    store = ("--config", "center.toml", "--store", "c.db")
    run = ("run", *store, "--port", "0", "--as", "queue_log", "-")
    finished(tmp_path, *run, text="\n".join(lines) + "\n")
    rows = json.loads(finished(tmp_path, "ledger", *store, "--minutes", "15", "--json"))
    assert (rows[0]["offered"], rows[0]["ans"], rows[0]["asa"]) == (1, 1, 10.0)
    assert rows[0]["state"] == "FINAL"


def test_a_simulated_day_replays_to_the_truth_about_it(tmp_path: Path) -> None:
    finished(tmp_path, "simulate", "day", "--days", "0.6", "--seed", "5")
    arguments = ("replay", "--config", "day/plan.toml", "day/events.jsonl", "--summary", "json")
    told = json.loads(finished(tmp_path, *arguments))
    truth = json.loads((tmp_path / "day" / "truth.json").read_text())
    for name in ("offered", "ans", "abn", "wait_ans_ms", "wait_abn_ms", "waiting"):
        true = sum(row["columns"].get(name, 0) for row in truth["arrival"])
        assert told["columns"][name] == true, name
    assert told["columns"]["offered"] > 0
    assert told["rejects"] == {}

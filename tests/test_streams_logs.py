import io
import json
import logging

from streams import logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_one_json_object_a_line() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    logs.warn("too_late", "50 % came late\nindeed", queue="sales", interval=1_700_000_000_000)
    (line,) = out.getvalue().splitlines()
    told = json.loads(line)
    assert told["event"] == "too_late"
    assert told["level"] == "warning"
    assert told["message"] == "50 % came late\nindeed"
    assert (told["queue"], told["interval"]) == ("sales", 1_700_000_000_000)
    assert told["time"].endswith("Z")


def test_a_terminal_gets_text() -> None:
    out = Terminal()
    logs.configure(stream=out)
    logs.info("started", "reading", queue="sales")
    assert out.getvalue().rstrip().endswith("info    reading queue=sales")


def test_json_can_be_asked_for_on_a_terminal_and_text_in_a_pipe() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    logs.configure(form="json", stream=terminal)
    logs.info("started", "reading")
    logs.configure(form="text", stream=pipe)
    logs.info("started", "reading")
    assert json.loads(terminal.getvalue())["event"] == "started"
    assert not pipe.getvalue().startswith("{")


def test_warnings_and_errors_are_counted_by_kind_also_when_not_shown() -> None:
    logs.configure("error", stream=io.StringIO())
    before = logs.warnings.copy()
    logs.warn("source_hole", "gone")
    logs.warn("source_hole", "gone")
    logs.error("store_full", "no room")
    logs.info("started", "reading")
    assert logs.warnings - before == {"source_hole": 2, "store_full": 1}


def test_below_the_level_nothing_is_written() -> None:
    out = io.StringIO()
    logs.configure("warning", stream=out)
    logs.info("started", "reading")
    logs.debug("detail", "reading")
    assert out.getvalue() == ""


def test_other_loggers_of_ours_are_written_with_their_traceback() -> None:
    out = io.StringIO()
    logs.configure("debug", stream=out)
    try:
        raise ValueError("boom")
    except ValueError:
        logging.getLogger("streams.exporter").exception("rendering failed")
    told = json.loads(out.getvalue())
    assert told["event"] == "streams.exporter"
    assert "ValueError: boom" in told["error"]

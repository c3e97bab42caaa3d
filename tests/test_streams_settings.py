import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from streams.errors import UserError
from streams.settings import InvalidSettings, Settings
from streams.settings_origin import known_keys, toml_line


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("FLOORWATCH_"):
            monkeypatch.delenv(name)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "floorwatch.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(config: Path | None = None, overrides: dict[str, object] | None = None) -> UserError:
    with pytest.raises(UserError) as caught:
        Settings.load(config, overrides)
    return caught.value


def test_without_anything_every_setting_has_a_default() -> None:
    settings = Settings.load()
    assert settings.limits.horizon_s == 14400
    assert settings.http.host == "127.0.0.1"
    assert settings.source("pbx").heartbeats


def test_the_environment_beats_the_file_and_a_flag_beats_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, 'store = "file.db"\n[http]\nport = 1\nhost = "::1"\n')
    assert Settings.load(config).http.port == 1
    monkeypatch.setenv("FLOORWATCH_HTTP__PORT", "2")
    assert Settings.load(config).http.port == 2
    settings = Settings.load(config, {"http": {"port": 3}})
    assert (settings.http.port, settings.http.host, settings.store) == (3, "::1", Path("file.db"))


def test_a_flag_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    config = written(tmp_path, "[http]\nport = 1\n")
    assert Settings.load(config, {"http": {"port": None}, "store": None}).http.port == 1


def test_a_section_of_the_environment_may_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOORWATCH_SOURCES", '{"PBX 1": {"heartbeats": false}}')
    assert not Settings.load().source("PBX 1").heartbeats


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOORWATCH_HTTP__PORT", "")
    assert Settings.load().http.port == Settings().http.port


def test_an_unknown_key_of_the_file_is_refused_with_its_line_and_the_nearest_key(
    tmp_path: Path,
) -> None:
    config = written(tmp_path, '# ours\nstore = "a.db"\n\n[http]\nprot = 9108\n')
    error = refused(config)
    assert error.message == f"{config}:5: unknown setting http.prot"
    assert error.hint == "did you mean http.port?"


def test_an_unknown_section_of_the_file_is_refused(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "[limit]\nlateness_s = 1\n"))
    assert "unknown setting limit" in error.message
    assert error.hint == "did you mean limits?"


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("FLOORWATCH_HTTP__PROT", "FLOORWATCH_HTTP__PORT"),
        ("FLOORWATCH_HTPP__PORT", "FLOORWATCH_HTTP__PORT"),
        ("FLOORWATCH_STORRE", "FLOORWATCH_STORE"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_one(
    variable: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    error = refused()
    assert error.message == f"environment: unknown setting {variable}"
    assert error.hint == f"did you mean {meant}?"


def test_a_key_like_no_other_is_answered_with_those_that_exist(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "[http]\nzzz = 1\n"))
    assert error.hint == "known here: host, port, token"


def test_variables_that_are_not_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOORWATCH_DATA", "/data")
    monkeypatch.setenv("FLOORWATCH_CONFIG", "a.toml")
    assert Settings.load() == Settings()


def test_an_unknown_override_is_refused() -> None:
    error = refused(overrides={"log": {"levle": "debug"}})
    assert error.message == "command line: unknown setting log.levle"


def test_every_problem_is_listed_with_its_line(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        '[plan.queues.sales]\nprogram = "bank"\n'
        "[[plan.queues.sales.targets]]\nservice_level = 0.8\n"
        '[[plan.queues.sales.targets]]\nvalid_from = "2024-01-01T00:01:00Z"\n'
        '[limits]\nlateness_s = "soon"\n',
    )
    with pytest.raises(InvalidSettings) as caught:
        Settings.load(config)
    places = [problem.where for problem in caught.value.problems]
    assert places == [f"{config}:5", f"{config}:8"]
    assert "not on a 15-minute edge" in caught.value.problems[0].message


def test_a_file_that_is_not_toml_is_refused_with_the_line(tmp_path: Path) -> None:
    config = written(tmp_path, "[http]\nport = \n")
    error = refused(config)
    assert error.message.startswith(f"{config}:2: not TOML")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path / "none.toml")
    assert "none.toml cannot be read" in error.message
    assert error.hint


def test_secrets_are_redacted_when_shown() -> None:
    class WithSecret(Settings):
        token: SecretStr = SecretStr("hunter2")

    shown = WithSecret.load(None, {"token": "swordfish"}).effective()
    assert "swordfish" not in shown
    assert json.loads(shown)["token"] == "**********"


def test_the_line_of_a_quoted_key_is_found() -> None:
    text = '[plan.queues."Sales 1"]\nprogram = "a"\n'
    assert toml_line(text, ("plan", "queues", "Sales 1", "program")) == 2
    assert toml_line(text, ("plan", "queues", "Sales 1", "nothing")) == 1


def test_known_keys_follow_mappings_and_lists() -> None:
    assert "program" in known_keys(Settings, ("plan", "queues", "sales"))
    assert "asa_s" in known_keys(Settings, ("plan", "queues", "sales", "targets", 0))

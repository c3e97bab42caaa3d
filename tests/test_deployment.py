"""Deployment files: valid by their schemas, closed by default, and fitting to what they start.

Neither Docker nor a cluster runs here: what no schema and no test below sees was not seen. What the
containers of compose.yaml would do is seen in test_deployment_compose.py.
"""

import re
import shlex
import subprocess
import tomllib

import pytest
import typer
import yaml

from streams.alerting.tools import tool
from streams.cli import COMMANDS, app
from streams.http import PROBES
from streams.kafka.settings import KafkaSettings
from streams.settings import HttpSettings, Settings, check_file
from tests.data import ROOT

DOCKER, K8S = ROOT / "deploy/docker", ROOT / "deploy/k8s"
VALIDATORS = ROOT / "build/validators/bin"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
DOCKERFILE = (DOCKER / "Dockerfile").read_text("utf-8")
BASE, OVERLAY = K8S / "base", K8S / "overlays/example"
RESOURCES = [
    resource
    for path in sorted(BASE.glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for resource in yaml.safe_load_all(path.read_text("utf-8"))
]
PODS = {
    each["metadata"]["name"]: each["spec"]["template"]["spec"]
    for each in RESOURCES
    if "template" in each["spec"]
}
CONTAINERS = [
    pytest.param(container, id=f"{name}-{container['name']}")
    for name, pod in PODS.items()
    for container in (*pod.get("initContainers", ()), *pod["containers"])
]
PORT = HttpSettings().port
OURS = [name for name, each in COMPOSE["services"].items() if "build" in each]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def named(kind, name):
    (found,) = [r for r in RESOURCES if (r["kind"], r["metadata"]["name"]) == (kind, name)]
    return found


def parsed(arguments):
    """The command line is one that floorwatch has. Errors: click's own, if it is not."""
    command, *rest = arguments
    assert command in COMMANDS
    context = typer.main.get_command(app).commands[command].make_context(command, list(rest))
    if rest and hasattr(context.command, "commands"):
        name, *left = rest
        context.command.commands[name].make_context(name, left)


@pytest.mark.needs_validators
def test_compose_keeps_the_schema_of_compose_and_a_misspelt_key_would_not(tmp_path):
    check = (VALIDATORS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec")
    good = run(*check, DOCKER / "compose.yaml")
    assert good.returncode == 0, good.stdout
    bad = tmp_path / "compose.yaml"
    text = (DOCKER / "compose.yaml").read_text("utf-8")
    bad.write_text(text.replace("depends_on:", "depend_on:", 1), "utf-8")
    assert "depend_on" in run(*check, bad).stdout


@pytest.mark.needs_validators
def test_resources_keep_the_schemas_of_kubernetes_and_a_misspelt_field_would_not(tmp_path):
    check = (VALIDATORS / "kubernetes-validate", "--strict", "--quiet")
    paths = [path for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml"]
    good = run(*check, *paths)
    assert good.returncode == 0, good.stdout + good.stderr
    bad = tmp_path / "worker.yaml"
    text = (BASE / "worker.yaml").read_text("utf-8")
    bad.write_text(text.replace("readOnlyRootFilesystem", "readonlyRootFilesystem"), "utf-8")
    assert run(*check, bad).returncode != 0


@pytest.mark.needs_validators
def test_the_dockerfile_is_as_hadolint_wants_it(tmp_path):
    assert run(VALIDATORS / "hadolint", DOCKER / "Dockerfile").stdout == ""
    bad = tmp_path / "Dockerfile"
    bad.write_text(DOCKERFILE.replace("--no-cache-dir ", ""), "utf-8")
    assert "DL3042" in run(VALIDATORS / "hadolint", bad).stdout


@pytest.mark.needs_promtool
def test_promtool_accepts_the_scraping_of_compose():
    checked = run(tool("promtool"), "check", "config", "--syntax-only", DOCKER / "prometheus.yml")
    assert checked.returncode == 0, checked.stderr


def test_images_have_a_version_and_no_registry():
    images = [each["image"] for each in COMPOSE["services"].values()]
    images += [container.values[0]["image"] for container in CONTAINERS]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    for image in images:
        name, _, version = image.partition(":")
        assert version and version != "latest", image
        first = name.split("/")[0] if "/" in name else ""
        assert not re.search(r"[.:]|localhost", first), image


def test_the_image_runs_as_nobody_in_particular_with_its_kernels_compiled():
    user, warmed = (
        DOCKERFILE.index(part) for part in ("\nUSER 10001", "\nRUN python -m streams.warm")
    )
    assert user < warmed < DOCKERFILE.index("\nENTRYPOINT")
    assert "NUMBA_CACHE_DIR=/var/cache/floorwatch" in DOCKERFILE
    assert f"EXPOSE {PORT}" in DOCKERFILE
    assert "--constraint requirements.txt" in DOCKERFILE


def test_only_what_the_image_needs_is_sent_to_its_build():
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split() if line[0] == "!"
    }
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    assert {name for line in copied for name in line.split()} == kept
    assert all((ROOT / name).exists() for name in kept)


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_compose_is_a_command_of_floorwatch_without_rights(name):
    service = COMPOSE["services"][name]
    parsed(service["command"])
    assert service["cap_drop"] == ["ALL"]
    assert service["build"]["dockerfile"] == "deploy/docker/Dockerfile"
    assert (DOCKER / service["build"]["context"]).resolve() == ROOT


def test_everything_that_compose_mounts_is_there():
    mounts = [m for each in COMPOSE["services"].values() for m in each.get("volumes", ())]
    chosen = "${FLOORWATCH_TOML:-./floorwatch.toml}"
    for source in {mount.replace(chosen, "./floorwatch.toml").split(":")[0] for mount in mounts}:
        if source.startswith("."):
            assert (DOCKER / source).exists(), source
        else:
            assert source in COMPOSE["volumes"], source


def test_the_demo_of_compose_has_the_plan_of_all_that_its_center_sends():
    settings = Settings.load(DOCKER / "demo.toml")
    usual = Settings.load(DOCKER / "floorwatch.toml")
    assert settings.kafka == usual.kafka
    told = {f"--{name}" for name in ("staff", "forecasts", "chat", "bots", "cases", "outbound")}
    assert told <= set(COMPOSE["services"]["center"]["command"])
    channels = {queue.channel for queue in settings.plan.queues.values()}
    assert channels == {"voice", "chat", "deferred", "outbound"}
    assert settings.plan.groups
    assert settings.technologies.listed
    assert all(queue.targets for queue in settings.plan.queues.values() if queue.channel == "voice")


def test_a_workers_board_is_reached_on_loopback_and_asks_the_alertmanager_of_compose():
    worker = COMPOSE["services"]["worker"]
    (ports,) = worker["ports"]
    assert re.fullmatch(rf"127\.0\.0\.1:\d+-\d+:{PORT}", ports)
    url = worker["environment"]["FLOORWATCH_ALERTS__URL"]
    assert url == COMPOSE["services"]["grafana"]["environment"]["FLOORWATCH_ALERTMANAGER_URL"]


def test_compose_publishes_on_loopback_only_and_writes_no_secret_down():
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        environment = service.get("environment", {})
        for key, value in environment.items():
            if "TOKEN" in key or "PASSWORD" in key:
                assert re.match(r"\$\{\w+:\?", value), "asked for, with what it is"
        if environment.get("FLOORWATCH_HTTP__HOST"):
            assert environment["FLOORWATCH_HTTP__TOKEN"]
    assert COMPOSE["secrets"]["token"] == {"environment": "FLOORWATCH_HTTP__TOKEN"}


def test_services_start_after_what_they_need():
    services = COMPOSE["services"]
    assert "healthcheck" in services["kafka"]
    assert services["topics"]["depends_on"]["kafka"]["condition"] == "service_healthy"
    assert services["topics"]["restart"] == "no"
    for name in ("worker", "ledger-sync", "center"):
        after = services[name]["depends_on"]["topics"]["condition"]
        assert after == "service_completed_successfully"


def test_the_one_broker_can_hold_transactions_and_makes_no_topic_by_itself():
    told = COMPOSE["services"]["kafka"]["environment"]
    assert told["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    single = [name for name in told if name.endswith(("REPLICATION_FACTOR", "MIN_ISR"))]
    assert len(single) == 3
    assert {told[name] for name in single} == {"1"}
    listeners = dict(each.split("://") for each in told["KAFKA_LISTENERS"].split(","))
    protocols = dict(e.split(":") for e in told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert listeners.keys() == protocols.keys()


def test_the_broker_is_of_the_version_that_tests_run_on():
    pom = (ROOT / "deploy/kafka/pom.xml").read_text("utf-8")
    tested = re.search(r"<groupId>org.apache.kafka</groupId>.*?<version>([\d.]+)<", pom, re.S)
    assert tested
    assert COMPOSE["services"]["kafka"]["image"] == f"apache/kafka:{tested[1]}"


def test_grafana_is_told_every_address_that_its_provisioning_names():
    folder = ROOT / "grafana/provisioning"
    text = "".join(path.read_text("utf-8") for path in folder.rglob("*.yaml"))
    grafana = COMPOSE["services"]["grafana"]
    assert set(re.findall(r"\$(\w+)", text)) - {"__rate_interval"} <= grafana["environment"].keys()
    (provider,) = yaml.safe_load((folder / "dashboards/floorwatch.yaml").read_text("utf-8"))[
        "providers"
    ]
    mounted = {mount.split(":")[1] for mount in grafana["volumes"]}
    assert provider["options"]["path"] in mounted
    for name, service, port in (
        ("PROMETHEUS", "prometheus", 9090),
        ("ALERTMANAGER", "alertmanager", 9093),
        ("LEDGER", "ledger", PORT),
    ):
        url = grafana["environment"][f"FLOORWATCH_{name}_URL"]
        assert url == f"http://{service}:{port}"
        assert service in COMPOSE["services"]


def test_prometheus_of_compose_scrapes_the_workers_under_the_name_that_rules_look_for():
    told = yaml.safe_load((DOCKER / "prometheus.yml").read_text("utf-8"))
    usual = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    assert told["global"] == usual["global"]
    (job,) = told["scrape_configs"]
    assert job["job_name"] == usual["scrape_configs"][0]["job_name"]
    assert job["dns_sd_configs"][0]["names"] == ["worker"]
    assert job["dns_sd_configs"][0]["port"] == PORT
    assert job["authorization"]["credentials_file"] == "/run/secrets/token"
    assert COMPOSE["services"]["prometheus"]["secrets"] == ["token"]


@pytest.mark.parametrize("path", [DOCKER, BASE, OVERLAY], ids=lambda path: path.name)
def test_settings_that_are_shipped_are_valid(path):
    assert check_file(path / "floorwatch.toml") == []
    told = tomllib.loads((path / "floorwatch.toml").read_text("utf-8"))
    assert told["kafka"]["partitions"] == KafkaSettings().partitions


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_may_nothing_and_writes_nowhere_but_into_its_mounts(container):
    closed = container["securityContext"]
    assert closed["readOnlyRootFilesystem"] is True
    assert closed["allowPrivilegeEscalation"] is False
    assert closed["capabilities"] == {"drop": ["ALL"]}
    resources = container["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"]
    if "args" in container:
        parsed(container["args"])


@pytest.mark.parametrize("name", PODS)
def test_a_pod_runs_as_no_root_with_no_account_and_mounts_what_it_declares(name):
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    claims = (
        named("StatefulSet", name)["spec"].get("volumeClaimTemplates", [])
        if name != "topics"
        else []
    )
    volumes = {each["name"] for each in pod["volumes"]}
    volumes |= {each["metadata"]["name"] for each in claims}
    mounts = {
        mount["name"]
        for container in (*pod.get("initContainers", ()), *pod["containers"])
        for mount in container["volumeMounts"]
    }
    assert mounts == volumes


def test_probes_ask_what_the_worker_serves_and_liveness_asks_for_the_heartbeat_only():
    (worker,) = PODS["worker"]["containers"]
    paths = {
        name: worker[f"{name}Probe"]["httpGet"]["path"]
        for name in ("startup", "readiness", "liveness")
    }
    assert paths == {"startup": "/ready", "readiness": "/ready", "liveness": "/live"}
    assert set(paths.values()) <= set(PROBES)
    startup = worker["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 300, (
        "kernels, then the snapshot"
    )
    assert worker["ports"] == [{"name": "http", "containerPort": PORT}]


def test_a_worker_has_the_time_to_leave_and_readiness_does_not_gate_scraping():
    grace = PODS["worker"]["terminationGracePeriodSeconds"]
    assert grace > Settings().kafka.exit_deadline_s + 10
    compose = COMPOSE["services"]["worker"]["stop_grace_period"]
    assert int(compose.removesuffix("s")) > Settings().kafka.exit_deadline_s + 10
    service = named("Service", "workers")["spec"]
    assert service["publishNotReadyAddresses"] is True
    assert service["clusterIP"] == "None"
    assert named("StatefulSet", "worker")["spec"]["serviceName"] == "workers"
    assert named("PodDisruptionBudget", "workers")["spec"]["maxUnavailable"] == 1


def test_the_compiled_kernels_are_brought_to_where_they_may_be_written():
    pod = PODS["worker"]
    (kernels,), (worker,) = pod["initContainers"], pod["containers"]
    environment = {each["name"]: each.get("value") for each in worker["env"]}
    source, target = shlex.split(" ".join(kernels["command"]))[-2:]
    assert f"NUMBA_CACHE_DIR={source.removesuffix('/.')} " in DOCKERFILE
    assert target.rstrip("/") == environment["NUMBA_CACHE_DIR"]
    assert environment["NUMBA_NUM_THREADS"] == "1"


def test_the_token_comes_from_a_secret_that_no_file_holds():
    for name in ("worker", "ledger"):
        for container in PODS[name]["containers"]:
            told = {each["name"]: each for each in container["env"]}
            assert (
                told["FLOORWATCH_HTTP__TOKEN"]["valueFrom"]["secretKeyRef"]["name"] == "floorwatch"
            )
    assert not [each for each in RESOURCES if each["kind"] == "Secret"]


@pytest.mark.parametrize("container", [each for each in CONTAINERS if "args" in each.values[0]])
@pytest.mark.parametrize("path", [BASE, OVERLAY], ids=lambda path: path.name)
def test_settings_are_valid_together_with_the_variables_of_each_container(
    container, path, monkeypatch
):
    for each in container["env"]:
        monkeypatch.setenv(each["name"], each.get("value", "out of the secret"))
    settings = Settings.load(path / "floorwatch.toml")
    (mount,) = [m["mountPath"] for m in container["volumeMounts"] if m["name"] == "config"]
    told = {each["name"]: each.get("value") for each in container["env"]}
    assert told["FLOORWATCH_CONFIG"] == f"{mount}/floorwatch.toml"
    assert settings.http.required_token or "FLOORWATCH_HTTP__HOST" not in told


def test_kustomize_finds_every_file_and_every_patch_its_resource():
    base, overlay = (
        yaml.safe_load((path / "kustomization.yaml").read_text("utf-8")) for path in (BASE, OVERLAY)
    )
    files = {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(base["resources"]) == files
    assert [(OVERLAY / each).resolve() for each in overlay["resources"]] == [BASE]
    for path, told in ((BASE, base), (OVERLAY, overlay)):
        (generated,) = told["configMapGenerator"]
        assert all((path / file).exists() for file in generated["files"])
    for patch in overlay["patches"]:
        of = yaml.safe_load((OVERLAY / patch["path"]).read_text("utf-8"))
        assert named(of["kind"], of["metadata"]["name"])
    (image,) = overlay["images"]
    used = {container.values[0]["image"].partition(":")[0] for container in CONTAINERS}
    assert used == {image["name"]}

"""Nothing gets out but what the enabled destinations need: the hosts in the rendered policies are those of the gateway itself."""

import ipaddress
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.bootstrap.shipped import manifests
from gateway.vendors.binding import Binding
from gateway.vendors.catalogue import load_catalogue
from gateway.vendors.request import Destination
from tests.helm.chart import NAME, SETS, named, of_kind, rendered, template
from tests.helm.files import written
from tests.house.tree import ROOT

FILES = ("jsonl", "parquet")  # nobody is reached by them


TRACES = {("collector.monitoring", 4318)}


def by_names(objects, group="vendors"):
    """The hosts and ports that the policies of a group let through by name."""
    objects = [each for each in objects if each["metadata"]["name"] == f"{NAME}-{group}"]
    for each in of_kind(objects, "CiliumNetworkPolicy"):
        for rule in each["spec"]["egress"]:
            for name in rule.get("toFQDNs", []):
                yield name["matchName"], int(rule["toPorts"][0]["ports"][0]["port"])
    for each in of_kind(objects, "FQDNNetworkPolicy"):
        assert each["apiVersion"] == "networking.gke.io/v1alpha1"
        for rule in each["spec"]["egress"]:
            yield rule["matches"][0]["name"], rule["ports"][0]["port"]


def of_the_gateway(folder, objects):
    """The hosts and ports that the gateway itself says it will reach with the rendered files."""
    line = [sys.executable, "-m", "gateway", "vendor", "hosts", "--config", str(written(folder, objects).config)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return {(urlsplit(f"//{host}").hostname, urlsplit(f"//{host}").port or 443) for host in done.stdout.splitlines()}


@pytest.mark.parametrize("name", SETS)
def test_the_hosts_of_the_policies_are_those_of_the_gateway(name, tmp_path):
    hosts = of_the_gateway(tmp_path, rendered(name))
    assert bool(hosts) == (name != "minimal")
    for kind in ("cilium", "gke"):
        let_through = set(by_names(rendered(name, "--set", f"networkPolicy.fqdn={kind}")))
        assert let_through - TRACES == hosts and (let_through & TRACES == TRACES) == (name == "production")


@pytest.mark.parametrize("kind", ["cilium", "gke"])
def test_identity_providers_and_who_is_told_of_requests_are_reached_by_name_and_nobody_else(kind):
    told = {
        "settings.rights.webhooks.codes": "http://codes.intranet:8080/send",
        "settings.rights.webhooks.hosts[0]": "crm.example",
    }
    words = [word for name, value in told.items() for word in ("--set", f"{name}={value}")]
    assert set(by_names(rendered("production", "--set", f"networkPolicy.fqdn={kind}", *words), "beside")) == {
        ("login.shop.example", 443), ("care.shop.example", 443), ("codes.intranet", 8080), ("crm.example", 443),
    }  # fmt: skip
    assert set(by_names(rendered("gke", "--set", f"networkPolicy.fqdn={kind}"), "beside")) == set()
    file = ("--set", "settings.oidc.staff.jwks=keys.json")
    hosts = {host for host, _ in by_names(rendered("production", *file), "beside")}
    assert hosts == {"care.shop.example"}


def test_without_names_they_are_reached_at_their_ports_by_all_who_serve():
    objects = rendered("production", "--set", "networkPolicy.fqdn=none")
    rule, *more = named(objects, "NetworkPolicy", f"{NAME}-beside")["spec"]["egress"]
    assert [port["port"] for port in rule["ports"]] == [443] and not more
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == ["0.0.0.0/0", "::/0"]
    collector = labels_of(objects, "collector")
    assert rule in allowed_out(objects, collector)


def test_the_hosts_of_every_vendor_in_the_chart_are_those_of_its_manifest():
    """With every setting given another value, and with none that has a default."""
    rows = yaml.safe_load((ROOT / "helm/files/vendors.yaml").read_text("utf-8"))
    catalogue = load_catalogue(manifests()).manifests
    assert rows.keys() == catalogue.keys()
    for identity, manifest in catalogue.items():
        open_ones = {name for name, setting in manifest.settings.items() if not setting.is_map}
        for left_out in ({name for name in open_ones if manifest.settings[name].default}, set()):
            given = {name: f"{name.replace('_', '-')}.example" for name in open_ones - left_out}
            hosts = hosts_with(manifest, given) or hosts_with(manifest, {k: f"https://{v}/x" for k, v in given.items()})
            filled = {**rows[identity].get("defaults", {}), **given}
            assert hosts == {resolved(host, filled) for host in rows[identity]["hosts"]}, identity


def hosts_with(manifest, settings):
    secrets = dict.fromkeys(manifest.secrets, "{}")
    if manifest.id in FILES:
        return set()
    destination = Destination(manifest, Binding(manifest.id, settings, secrets))
    return destination.hosts | destination.erasure_hosts


def resolved(host, values):
    def filled(hole):
        name, *words = hole[1].split("|")
        value = str(values[name]).removeprefix("https://").partition("/")[0]
        for old, new in zip(words[::2], words[1::2], strict=True):
            value = value.replace(old, new)
        return value

    return re.sub(r"\{([^}]+)\}", filled, host).lower()


@pytest.mark.parametrize("name", SETS)
def test_nobody_reaches_anybody_unless_a_rule_says_so(name):
    deny = named(rendered(name), "NetworkPolicy", f"{NAME}-deny")["spec"]
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny and "egress" not in deny
    for each in rendered(name):
        labels = each.get("spec", {}).get("template", {}).get("metadata", {}).get("labels")
        assert labels is None or deny["podSelector"]["matchLabels"].items() <= labels.items()


def allowed_out(objects, labels):
    """The rules of the plain policies for pods with such labels."""
    rules = []
    for each in of_kind(objects, "NetworkPolicy"):
        if set(each["spec"]["podSelector"]["matchLabels"].items()) <= labels.items():
            rules += each["spec"].get("egress", [])
    return rules


def labels_of(objects, role):
    (found,) = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in of_kind(objects, "Deployment")
        if each["metadata"]["name"].endswith(role)
    ]
    return found


@pytest.mark.parametrize("name", ["production", "eks", "gke", "airgapped"])
def test_a_collector_reaches_names_and_the_store_and_nobody_else(name):
    objects = rendered(name)
    ports = {port["port"] for rule in allowed_out(objects, labels_of(objects, "collector")) for port in rule["ports"]}
    assert ports - {53} <= {6378, 6379, 6380} and len(ports) == 2


def test_without_names_a_worker_reaches_the_open_internet_and_no_network_of_ours():
    objects = rendered("eks")
    out = [rule for rule in allowed_out(objects, labels_of(objects, "worker")) if "ipBlock" in rule["to"][0]]
    blocks = [
        peer["ipBlock"] for rule in out for peer in rule["to"] if peer["ipBlock"]["cidr"] in ("0.0.0.0/0", "::/0")
    ]
    fenced = [ipaddress.ip_network(each) for block in blocks for each in block["except"]]
    for inside in (
        "10.1.2.3",
        "172.20.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.0.1",
        "127.0.0.1",
        "fd00::1",
        "fe80::1",
    ):
        address = ipaddress.ip_address(inside)
        assert any(address in network for network in fenced if network.version == address.version), inside
    assert {port["port"] for rule in out for port in rule["ports"]} == {443, 6379}


@pytest.mark.parametrize("name", ["production", "gke"])
def test_with_names_a_worker_reaches_no_address_but_the_stores(name):
    objects = rendered(name)
    peers = [peer for rule in allowed_out(objects, labels_of(objects, "worker")) for peer in rule["to"]]
    assert [peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer] in (
        ["10.20.0.0/24", "10.60.0.0/24"],  # of the traces
        ["10.30.0.0/24"],
    )


def test_a_network_that_a_destination_is_allowed_in_is_open_to_workers():
    objects = rendered("airgapped")
    peers = [peer for rule in allowed_out(objects, labels_of(objects, "worker")) for peer in rule["to"]]
    assert {"ipBlock": {"cidr": "10.40.0.0/24"}} in peers


def test_the_admin_listener_is_reached_by_the_test_and_by_whom_the_operator_names():
    admin = named(rendered("minimal"), "NetworkPolicy", f"{NAME}-admin")["spec"]["ingress"]
    assert [peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in admin[0]["from"]] == ["test"]
    ports = [port for each in of_kind(rendered("minimal"), "Service") for port in each["spec"]["ports"]]
    assert [port["targetPort"] for port in ports] == ["public", "admin"]
    assert template("helm4", "minimal", "--set", "service.type=LoadBalancer").stdout.count("LoadBalancer") == 1


def test_a_host_that_is_made_of_a_setting_is_made_of_the_given_one():
    """PostHog takes events and erasures at hosts of two names that one setting tells."""
    words = {
        "settings.destinations.ga4.vendor": "posthog",
        "settings.destinations.ga4.settings.host": "us.i.posthog.com",
    }
    line = [word for name, value in words.items() for word in ("--set", f"{name}={value}")]
    hosts = {host for host, _ in by_names(rendered("production", *line))}
    assert {"us.i.posthog.com", "us.posthog.com"} <= hosts

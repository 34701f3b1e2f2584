"""Nothing gets out but what the enabled destinations need: the hosts in the rendered policies are those of the gateway itself."""

import ipaddress
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


def by_names(objects):
    """The hosts and ports that policies with names let through."""
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
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return {(urlsplit(f"//{host}").hostname, urlsplit(f"//{host}").port or 443) for host in done.stdout.splitlines()}


@pytest.mark.parametrize("name", SETS)
def test_the_hosts_of_the_policies_are_those_of_the_gateway(name, tmp_path):
    hosts = of_the_gateway(tmp_path, rendered(name))
    assert bool(hosts) == (name != "minimal")
    for kind in ("cilium", "gke"):
        assert set(by_names(rendered(name, "--set", f"networkPolicy.fqdn={kind}"))) == hosts


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
    return Destination(manifest, Binding(manifest.id, settings, secrets)).hosts if manifest.id not in FILES else set()


def resolved(host, values):
    for name, value in values.items():
        host = host.replace(f"{{{name}}}", str(value).removeprefix("https://").partition("/")[0])
    return host.lower()


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
    assert [peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer] in (["10.20.0.0/24"], ["10.30.0.0/24"])


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

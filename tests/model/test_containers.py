"""The names that container managers and systemd give their cgroups."""

import pytest

from memtui.model.containers import container_of

ID = "3f1c2d4e5a6b" + "0" * 52
SHORT = "3f1c2d4e5a6b"
POD = "pod1b2c3d4e_5f60_7182_93a4_b5c6d7e8f901"
POD_DASHES = "pod1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/system.slice/docker-{ID}.scope", f"docker {SHORT}"),
        (f"/docker/{ID}", f"docker {SHORT}"),
        (f"/docker/{ID}/init.scope", f"docker {SHORT}"),
        (f"/system.slice/docker-{ID}.scope/system.slice/nginx.service", f"docker {SHORT}"),
        (f"/machine.slice/libpod-{ID}.scope/container", f"podman {SHORT}"),
        (f"/machine.slice/libpod-conmon-{ID}.scope", f"podman {SHORT}"),
        (f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope", f"podman {SHORT}"),
        (f"/libpod_parent/libpod-{ID}", f"podman {SHORT}"),
    ],
)
def test_docker_and_podman(path: str, name: str) -> None:
    assert container_of(path) == name


@pytest.mark.parametrize(
    "path",
    [
        f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-{POD}.slice/cri-containerd-{ID}.scope",
        f"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-{POD}.slice/crio-{ID}.scope",
        f"/kubepods.slice/kubepods-{POD}.slice/docker-{ID}.scope",
        f"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-{POD}.slice/cri-containerd-{ID}.scope",
        f"/kubepods/burstable/{POD_DASHES}/{ID}",
        f"/kubepods/{POD_DASHES}/{ID}",
        f"/kubepods/besteffort/{POD_DASHES}/{ID}/sub",
        f"/system.slice/containerd.service/kubepods-besteffort-{POD}.slice:cri-containerd:{ID}",
    ],
    ids=["containerd", "cri-o", "docker", "kind", "cgroupfs", "guaranteed", "below", "mixed"],
)
def test_kubernetes_under_both_cgroup_drivers(path: str) -> None:
    assert container_of(path) == f"k8s {SHORT}"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/lxc.payload.web", "lxc web"),
        ("/lxc.payload.web-01.eu/init.scope", "lxc web-01.eu"),
        ("/lxc.payload/web/system.slice/cron.service", "lxc web"),
        ("/lxc/web", "lxc web"),
        ("/machine.slice/machine-web.scope/payload", "nspawn web"),
        (r"/machine.slice/machine-web\x2d01.scope", r"nspawn web\x2d01"),
    ],
)
def test_lxc_and_nspawn(path: str, name: str) -> None:
    assert container_of(path) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/system.slice/nginx.service", "nginx.service"),
        ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
        ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope", "app-firefox.scope"),
        ("/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope"),
        ("/system.slice/nginx.service/workers", "nginx.service"),
        ("/system.slice/cups.socket", "cups.socket"),
        ("/system.slice/home.mount", "home.mount"),
        ("/system.slice/dev-sda2.swap", "dev-sda2.swap"),
        ("/init.scope", "init.scope"),
        ("/user.slice/user-1000.slice", "user-1000.slice"),
        ("/system.slice", "system.slice"),
        ("/system.slice/docker.service", "docker.service"),
        ("/system.slice/containerd.service", "containerd.service"),
        ("/system.slice/lxc.service", "lxc.service"),
        ("/system.slice/lxc-net.service", "lxc-net.service"),
    ],
)
def test_units_of_systemd(path: str, name: str) -> None:
    assert container_of(path) == name


@pytest.mark.parametrize(
    "path", ["", "/", "/batch/job-7", "/..", "/docker", "/docker/short", "/kubepods", "/machine.slice/"]
)
def test_other_cgroups_have_no_name(path: str) -> None:
    assert container_of(path) == ""


@pytest.mark.parametrize(
    "text",
    ["a", "/kubepods", "/docker-", "/lxc", ".service/", "kubepodscrio-", "/\x1b]0;pwned\x07", "\udcff\udcfe",
     "/machine.slice/machine-", "/libpod-conmon-", "/x.slice"],
)  # fmt: skip
def test_hostile_paths_as_long_as_the_kernel_gives_them_are_read(text: str) -> None:
    path = (text * 4096)[:4095]  # PATH_MAX, the buffer of proc_cgroup_show
    name = container_of(path)
    assert not name or name.split(" ")[-1] in path


def test_the_id_is_cut_and_hex_only() -> None:
    assert container_of(f"/docker/{'g' * 64}") == ""
    assert len(container_of(f"/docker/{ID}").split()[1]) == 12

"""Which container or service a cgroup belongs to, by the names that the usual managers give their cgroups.

/system.slice/docker-3f1c…64 hex….scope                     docker 3f1c…
/docker/3f1c…64 hex…                                        docker 3f1c…
/machine.slice/libpod-3f1c….scope                           podman 3f1c…
/kubepods.slice/…/cri-containerd-3f1c….scope                k8s 3f1c…
/kubepods/besteffort/pod1b2c…/3f1c…                         k8s 3f1c…
/system.slice/kubepods-….slice:cri-containerd:3f1c…         k8s 3f1c…    (a runtime that was told another driver)
/lxc.payload.web                                            lxc web
/system.slice/nginx.service                                 nginx.service
/user.slice/user-1000.slice/session-3.scope                 session-3.scope
"""

import re
from functools import lru_cache
from typing import Final

_ID: Final = r"([0-9a-f]{12})[0-9a-f]*"
_PATTERNS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("k8s", rf"kubepods.*(?:cri-containerd|crio|docker)[-/:]{_ID}"),
        ("k8s", rf"kubepods.*/{_ID}(?:/|$)"),
        ("docker", rf"docker[-/]{_ID}"),
        ("podman", rf"libpod-(?:conmon-)?{_ID}"),
        ("lxc", r"lxc(?:\.payload[./]|/)([\w.-]+)"),
        ("nspawn", r"machine\.slice/machine-([\w.\\-]+)\.scope"),
    )
)
_UNIT: Final = re.compile(r"([^/]+\.(?:service|scope|socket|mount|swap))(?:/|$)")
_SLICE: Final = re.compile(r"([^/]+\.slice)$")


@lru_cache(maxsize=4096)
def container_of(path: str) -> str:
    """The container (`docker 3f1c2d…`) or systemd unit of a cgroup path; empty where it names neither."""
    for kind, pattern in _PATTERNS:
        if found := pattern.search(path):
            return f"{kind} {found[1]}"
    units = _UNIT.findall(path)
    if units:
        return str(units[-1])
    found = _SLICE.search(path)
    return found[1] if found else ""

#!/usr/bin/python3
"""Prints what a Kubernetes manifest says of its one container, as arguments of podman, each ended by a zero byte.

usage: arguments.py MANIFEST options|arguments|readinessProbe|livenessProbe|startupProbe
  options    those of "podman run"
  arguments  those of the image
  ...Probe   the command of that probe
A field that is not known here is an error, so that what runs is what is written.
"""
import sys

import yaml

PROPAGATION = {"Bidirectional": "rshared", "HostToContainer": "rslave", None: "rprivate"}
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
# Without a counterpart of podman's: who schedules, and which node; resources need control groups, which not every machine gives.
POD_ONLY = {
    "priorityClassName", "automountServiceAccountToken", "enableServiceLinks", "nodeSelector", "tolerations", "restartPolicy", "resources",
}


def known(what, fields, names):
    unknown = set(fields) - set(names)
    if unknown:
        sys.exit(f"arguments: {what}: {', '.join(sorted(unknown))}: not known here; add it to {sys.argv[0]}")


def volume(mount, volumes):
    known("volumeMounts", mount, {"name", "mountPath", "mountPropagation", "readOnly"})
    options = PROPAGATION[mount.get("mountPropagation")] + (",ro" if mount.get("readOnly") else "")
    return f"{volumes[mount['name']]['hostPath']['path']}:{mount['mountPath']}:{options}"


def options_of(pod, container):
    known("pod", pod, POD_ONLY | {"containers", "volumes", "terminationGracePeriodSeconds"})
    known("container", container, POD_ONLY | {"name", "image", "args", "command", "env", "securityContext", "volumeMounts", *PROBES})
    context = container.get("securityContext", {})
    known("securityContext", context, {"privileged", "readOnlyRootFilesystem"})
    volumes = {v["name"]: v for v in pod["volumes"]}
    options = [f"--stop-timeout={pod.get('terminationGracePeriodSeconds', 30)}"]
    options += ["--privileged"] if context.get("privileged") else []
    options += ["--read-only", "--read-only-tmpfs=false"] if context.get("readOnlyRootFilesystem") else []
    options += [f"--env={e['name']}={e['value']}" for e in container.get("env", [])]
    options += [f"--volume={volume(m, volumes)}" for m in container["volumeMounts"]]
    return options


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("options", "arguments", *PROBES):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        manifest = yaml.safe_load(file)
    pod = manifest["spec"]["template"]["spec"] if manifest["kind"] == "DaemonSet" else manifest["spec"]
    [container] = pod["containers"]
    words = {
        "options": lambda: options_of(pod, container),
        "arguments": lambda: container.get("args", []),
    }.get(sys.argv[2], lambda: container[sys.argv[2]]["exec"]["command"])()
    sys.stdout.write("".join(w + "\0" for w in words))


main()

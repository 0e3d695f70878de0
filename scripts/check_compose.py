"""Check a compose file without an engine: its schema, and that what it refers to exists."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from compose_spec import PyCompose

VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")


def interpolate(text: str) -> str:
    """The file as it is read with an empty environment: each ${NAME:-default} becomes its default."""

    def value(match: re.Match[str]) -> str:
        if match["name"] and match["default"] is None:
            raise ValueError(f"${{{match['name']}}} has no default, and there may be no .env")
        return match["default"] if match["name"] else "$"

    return VARIABLE.sub(value, text)


# Which condition a service may wait for, and what the other service needs for it.
CONDITIONS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "service_started": lambda other: True,
    "service_healthy": lambda other: "healthcheck" in other,
    "service_completed_successfully": lambda other: other.get("restart") == "no",
}


def dangling(compose: dict[str, Any], folder: Path) -> Iterator[str]:
    """One line for each reference in `compose` that leads nowhere."""
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            if other not in services:
                yield f"{name} depends on {other}, which is no service"
            elif not CONDITIONS[how["condition"]](services[other]):
                yield f"{name} waits for {other}: {how['condition']}, which will not come"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith((".", "/")) and source not in compose.get("volumes", {}):
                yield f"{name} mounts {source}, which is no volume"
        for network in service.get("networks", []):
            if network not in compose.get("networks", {}):
                yield f"{name} joins {network}, which is no network"
        if "build" in service and not (folder / service["build"] / "Dockerfile").is_file():
            yield f"{name} is built from {service['build']}, where there is no Dockerfile"


def main(path: Path) -> int:
    try:
        text = interpolate(path.read_text())
        compose = yaml.safe_load(text)
        # As the engine sees it: anchors and merge keys are YAML's affair, the schema does not know them.
        PyCompose.from_yaml(yaml.safe_dump(compose))
        problems = list(dangling(compose, path.parent))
    except (ValueError, yaml.YAMLError) as error:
        problems = [str(error)]
    for problem in problems:
        print(f"{path}: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

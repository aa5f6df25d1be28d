"""The commands of `./dev` once there is an environment: the running platform, tests, checks and the rest.

`dev` runs this with the virtual environment's interpreter; only the standard library is used.
"""

import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import NoReturn

from local_environment import PYTHON, Terminated, already_up, current_ports, demo_environment, run, say, services
from local_services import LOCAL, ROOT, Postgres, stop
from local_up import up


def test(arguments: list[str]) -> int:
    if "--all" in arguments:
        arguments = ["-m", "", *(word for word in arguments if word != "--all")]
    with services(f"test-{os.getpid()}") as env:
        env["DJANGO_SETTINGS_MODULE"] = "daybook.settings.test"
        return run(PYTHON, "-m", "pytest", *arguments, env=env)


def check() -> int:
    """Every check, even after one has failed; 1 when any did."""
    python, lint_imports = [PYTHON, "-m"], str(Path(PYTHON).with_name("lint-imports"))
    with services(f"test-{os.getpid()}") as env:
        env["DJANGO_SETTINGS_MODULE"] = "daybook.settings.test"
        checks: dict[str, list[str]] = {
            "lint": [*python, "ruff", "check", "."],
            "format": [*python, "ruff", "format", "--check", "."],
            "types": [*python, "mypy"],
            "layers": [lint_imports],
            "migrations": [*python, "daybook", "makemigrations", "--check", "--dry-run"],
            "settings": [*python, "daybook", "check", "--fail-level", "WARNING"],
            "templates": [PYTHON, str(ROOT / "tests" / "check_templates.py")],
        }
        failed = []
        for name, command in checks.items():
            say(f"{name}")
            if run(*command, env=env):
                failed.append(name)
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.", flush=True)
    return 1 if failed else 0


def manage(arguments: list[str], settings: str = "daybook.settings.demo") -> int:
    with services() as found:
        env = demo_environment(found, current_ports())
        env["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE", settings)
        return run(PYTHON, "-m", "daybook", *arguments, env=env)


def reset() -> int:
    if already_up():
        sys.exit("Daybook is running from this checkout; stop it first.")
    with (LOCAL / "users.lock").open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another ./dev command of this checkout is at work; wait for it first.")
        postgres = None if os.environ.get("DATABASE_URL") else Postgres()
        stop(postgres)
        if postgres:
            postgres.reset()
    shutil.rmtree(LOCAL)
    print("Local database, mails and secrets are gone.")
    return 0


def main(command: str, arguments: list[str]) -> int:
    alone = {"up": up, "check": check, "reset": reset}
    if command in alone:
        return alone[command]()
    if command == "test":
        return test(arguments)
    return manage(arguments if command == "manage" else [command, *arguments])


def terminate(*_: object) -> NoReturn:
    raise Terminated


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except KeyboardInterrupt:
        sys.exit(130)

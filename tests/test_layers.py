"""The map in `sim/__init__.py` is the code's real structure."""

import ast
from pathlib import Path

import pytest

import sim

SIM = Path(sim.__file__).parent


def layers() -> list[list[str]]:
    lines = [line for line in (sim.__doc__ or "").splitlines() if line.startswith("    ")]
    return [[name.strip() for name in line.split("|")] for line in lines]


def modules() -> list[str]:
    packages = [p.name for p in SIM.iterdir() if (p / "__init__.py").exists()]
    return sorted(packages + [p.stem for p in SIM.glob("*.py") if p.stem not in ("__init__", "__main__")])


def files(module: str) -> list[Path]:
    package = SIM / module
    return sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_the_map_names_every_module_once() -> None:
    named = [name for line in layers() for name in line]
    assert sorted(named) == modules()


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_from_lower_lines(module: str) -> None:
    height = {name: i for i, line in enumerate(layers()) for name in line}
    for path in files(module):
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "sim" or len(parts) < 2 or parts[1] in (module, "__version__"):
                continue
            assert height[parts[1]] > height[module], f"{path.name} imports {name} from a line that is not lower"


@pytest.mark.parametrize(
    ("library", "owner"), [("simpy", "world"), ("click", "cli"), ("numpy.random", "rng"), ("random", "")]
)
def test_a_library_has_one_owner(library: str, owner: str) -> None:
    users = {
        module
        for module in modules()
        for path in files(module)
        for name in imports(path)
        if name == library or name.startswith(library + ".")
    }
    assert users <= {owner}


def test_the_map_is_one_screen() -> None:
    assert len((sim.__doc__ or "").splitlines()) <= 45

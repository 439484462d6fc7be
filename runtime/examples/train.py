"""Trains the example models and writes their ONNX, request and expected-answer files beside this script.

    python train.py           writes all files
    python train.py --check   writes nothing, and exits with 1 if a file no longer agrees with scikit-learn

Both print a table: how each file agrees with scikit-learn on every row, and how far it is from `stable`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.comparison import agreement, distance
from training.diabetes import diabetes
from training.digits import digits
from training.example import Example
from training.files import example_files
from training.iris import iris

FOLDER = Path(__file__).parent
HEADINGS = (
    ('model', '<24'),
    ('bytes', '>8'),
    ('wrong labels', '>13'),
    ('wrong failures', '>15'),
    ('max |diff|', '>11'),
    ('one row ms', '>11'),
    ('v stable: differs', '>18'),
    ('PSI', '>8'),
    ('mean |diff|', '>12'),
)


def main() -> int:
    """Exit code 0 if every file agrees with scikit-learn, 1 if not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--check', action='store_true', help='compare the files that are there, write nothing')
    is_check = parser.parse_args().check
    faults: list[str] = []
    print(_line([heading for heading, _ in HEADINGS]))
    for make in (iris, digits, diabetes):
        example = make()
        faults += _different_files(example) if is_check else _write(example)
        faults += _report(example)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _write(example: Example) -> list[str]:
    folder = FOLDER / example.name
    folder.mkdir(exist_ok=True)
    for name, content in example_files(example).items():
        (folder / name).write_bytes(content)
    return []


def _different_files(example: Example) -> list[str]:
    """Files that are missing, or that training would write otherwise; only the pinned requirements give these bytes."""
    faults = []
    for name, content in example_files(example).items():
        path = FOLDER / example.name / name
        if not path.exists():
            faults.append(f'{example.name}/{name}: the file is missing')
        elif path.read_bytes() != content:
            faults.append(f'{example.name}/{name}: the file is not what training gives here, byte for byte')
    return faults


def _report(example: Example) -> list[str]:
    """Prints one line per model; returns the models that do not agree with scikit-learn."""
    faults = []
    for name, variant in example.variants.items():
        path = FOLDER / example.name / f'{name}.onnx'
        if not path.exists():
            continue
        content = path.read_bytes()
        found = agreement(content, variant, example)
        away = distance(variant, example.variants['stable'], example.requests)
        index = away.population_stability_index
        print(
            _line(
                [
                    f'{example.name}/{name}',
                    str(len(content)),
                    str(found.wrong_labels),
                    str(found.wrong_failures),
                    f'{found.largest_difference:.1e}',
                    f'{found.single_run_ms:.3f}',
                    f'{away.differing_share:.2%}',
                    '-' if index is None else f'{index:.4f}',
                    f'{away.mean_difference:.4f}',
                ]
            )
        )
        if not found.is_exact:
            faults.append(f'{example.name}/{name}.onnx: its answers are not those of scikit-learn')
    return faults


def _line(cells: list[str]) -> str:
    return ''.join(f'{cell:{form}}' for cell, (_, form) in zip(cells, HEADINGS, strict=True))


if __name__ == '__main__':
    sys.exit(main())

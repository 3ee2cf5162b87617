#!/usr/bin/env python3
"""What it costs to grade a class: ./qkoan grade over generated classes, timed as a whole.

    benchmarks/class_bench.py [--students 200] [--json FILE] [--page docs/grading_a_class.md]

A class is small, typical or heavy texts, most of them right, some wrong, some that do not compile. The last
one has hostile texts, too (tests/hostile), one in twenty, and is compared with the same class without them.
Every text is another one, so that none is known from before."""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/hostile"))
import playground

SCALAR = """#include "{lesson}.hpp"

#include <cmath>

{functions}
"""
SMALL = SCALAR.format(lesson="scaled_scores", functions="""\
float dot(Row q, Row k) {
  double sum = 0;
  for (int i = 0; i < q.size; ++i) sum += static_cast<double>(q[i]) * k[i];
  return static_cast<float>(sum);
}

float scaled_score(Row q, Row k) {
  double sum = 0;
  for (int i = 0; i < q.size; ++i) sum += static_cast<double>(q[i]) * k[i];
  return static_cast<float>(sum / std::sqrt(static_cast<double>(q.size)));
}

void scaled_scores(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) S[i][j] = scaled_score(Q[i], K[j]);
}

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) { scaled_scores(Q, K, S); }""")
TYPICAL = (ROOT / "solutions/alibi.cpp").read_text()
HEAVY = (ROOT / "solutions/attention_kernel.cpp").read_text()
KINDS = {
    "small": ("scaled_scores", SMALL, ("q.size)));", "q.size + 1)));")),
    "typical": ("alibi", TYPICAL, ("8 * (h + 1)", "8 * h")),
    "heavy": ("attention_kernel", HEAVY, None),
}


def text_of(kind, student):
    """One in ten is wrong, one in twenty does not compile."""
    lesson, text, mistake = KINDS[kind]
    if student % 20 == 7:
        text = text[: len(text) // 2]
    elif student % 10 == 3 and mistake:
        assert mistake[0] in text
        text = text.replace(*mistake)
    return lesson, f"{text}\n// {student}\n"


def hostile_texts():
    """The lesson and the text of each. What the tests fill in between @ signs is 0 here: nothing to attack."""
    return [(attack.lesson, re.sub("@[A-Z_]+@", "0", playground.with_parts(attack.text)))
            for attack in playground.read_attacks()]


def hand_in(folder, student, lesson, text):
    (folder / student).mkdir(parents=True)
    (folder / student / f"{lesson}.cpp").write_text(text)


def busy():
    """Seconds that all processors have worked; not what a machine's host gave to others meanwhile."""
    user, nice, system, _, _, irq, softirq = pathlib.Path("/proc/stat").read_text().split()[1:8]
    return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")


def grade(folder, out):
    """Seconds, seconds of processors, and how many texts were judged."""
    start, start_busy = time.monotonic(), busy()
    done = subprocess.run([ROOT / "qkoan", "grade", folder, "--out", out, "--no-speed"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    seconds, worked = time.monotonic() - start, busy() - start_busy
    return seconds, worked, int(re.search(r"(\d+) texts? judged", done.stdout)[1])


def marks(out, prefix):
    lines = (out / "gradebook.csv").read_text().splitlines()[1:]
    rows = [line.split('","') for line in lines]
    return {row[3]: row[7] for row in rows if row[3].startswith(prefix)}


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "a processor without a name"


def workers():
    """What keeping code in costs by itself, in words."""
    subprocess.run(["cmake", "--build", ROOT / "build", "--target", "worker_bench"], check=True, capture_output=True)
    return subprocess.run([ROOT / "build/bin/worker_bench"], check=True, capture_output=True, text=True).stdout


def in_words(results):
    """The block of the page."""
    rows = ["| texts | a minute and processor | of a processor's time | 100,000 of them, hours of a processor |",
            "|---|---|---|---|"]
    for kind, (lesson, _, _) in KINDS.items():
        rows.append(f"| {kind}: `{lesson}` | {results[kind]:.0f} | {1000 * results[kind + ' work']:.0f} ms | "
                    f"{100000 / results[kind] / 60:.1f} |")
    rows.append(f"| nothing has changed | {results['again']:.0f} in all | | |")
    return "\n".join(rows) + f"""

Classes of {results['students']} on {results['processors']} processors ({results['processor']}). One hostile text in twenty makes
it take {results['hostile']:.2f} times as long; {results['changed']} honest marks change. A worker by itself:

```text
{results['workers']}```
"""


def write_page(page, results):
    text = pathlib.Path(page).read_text()
    begin, end = "<!-- class_bench -->\n", "<!-- end of class_bench -->"
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    pathlib.Path(page).write_text(before + begin + in_words(results) + end + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--json", help="write all results to this file")
    parser.add_argument("--page", help="fill in the page's block of numbers")
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="qkoan-class-bench-"))
    scratch.chmod(0o755)
    results = {"students": options.students, "processors": cores, "processor": processor(), "workers": workers()}
    print(results["workers"], end="", flush=True)
    try:
        for kind in KINDS:
            folder, out = scratch / kind, scratch / f"{kind} out"
            for student in range(options.students):
                hand_in(folder, f"{student:03}", *text_of(kind, student))
            subprocess.run([ROOT / "qkoan", "grade", folder, "--out", scratch / "first", "--plan"], check=True,
                           capture_output=True)
            seconds, worked, judged = grade(folder, out)
            results[kind], results[kind + " work"] = 60 * judged / seconds / cores, worked / judged
            print(f"{kind:10} {judged} texts in {seconds:.1f} s: {results[kind]:.0f} a minute and processor; "
                  f"{1000 * worked / judged:.0f} ms of a processor each", flush=True)
            shutil.rmtree(scratch / "first")
        seconds, _, judged = grade(scratch / "small", scratch / "small out")
        assert judged == 0
        results["again"] = 60 * options.students / seconds
        print(f"again      nothing has changed: {results['again']:.0f} a minute", flush=True)

        honest = scratch / "typical"
        texts = hostile_texts()
        mixed, hostile = scratch / "mixed", options.students // 20
        shutil.copytree(honest, mixed)
        # The hostile ones come in the place of honest ones, spread over all there are.
        for number in range(hostile):
            lesson, text = texts[number * len(texts) // hostile]
            shutil.rmtree(mixed / f"{20 * number:03}")
            hand_in(mixed, f"hostile {number:03}", lesson, text)
        plain, _, _ = grade(honest, scratch / "honest out")
        seconds, _, _ = grade(mixed, scratch / "mixed out")
        results["hostile"] = seconds / plain
        before, after = marks(scratch / "honest out", ""), marks(scratch / "mixed out", "")
        changed = [who for who in after if who in before and after[who] != before[who]]
        print(f"hostile    one text in twenty: {seconds / plain:.2f} times as long, "
              f"{len(changed)} honest marks changed", flush=True)
        results["changed"] = len(changed)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    if options.page:
        write_page(options.page, results)
    return 1 if results["changed"] else 0


if __name__ == "__main__":
    sys.exit(main())

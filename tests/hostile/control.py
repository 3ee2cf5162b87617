#!/usr/bin/env python3
"""The control of the attack suite: the same files against a harness that loads them into its own process,
./qkoan run. They must earn marks there, and do what they say to host and neighbours. An attack that
nothing could ever let through proves nothing where it is kept in.

Everything happens in copies of the course, in a scratch folder; all other files are read-only.
Arguments are names of attacks; without one, all."""

import concurrent.futures
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import playground

SEED = 7
MOST_SECONDS = 30  # for one file, compiling included
ENDLESS_SECONDS = 4  # for one that never ends
LEAST_EARNING = 10
WORKERS = max(2, len(os.sched_getaffinity(0)))


@dataclasses.dataclass
class Outcome:
    """What came of one attack."""

    attack: playground.Attack
    verdict: dict
    effects: dict
    seconds: float
    cut_short: bool  # by us

    def passed(self):
        return {task["task"] for task in self.verdict.get("tasks", []) if task["result"] == "passed"}

    def unearned(self):
        return self.passed() - self.attack.earns

    def line(self):
        compiled = "compiles" if self.verdict.get("compiled") else "–"
        return (f"{self.attack.name:26} {self.seconds:5.1f} s  {compiled:8}  "
                f"{' '.join(sorted(self.unearned())) or '–'}; {' '.join(sorted(self.effects)) or '–'}"
                f"{'; ended by us' if self.cut_short else ''}")


class Arena:
    """A course and a playground, for one file at a time."""

    def __init__(self, root):
        root.mkdir()
        self.course = playground.Course(root / "course")
        self.playground = playground.Playground(root / "playground", self.course)
        self.playground.results.mkdir()
        self.answers = self.playground.record_answers(SEED)

    def run(self, attack, text):
        file = self.course.root / f"{attack.name}.cpp"
        file.write_text(text)
        command = [str(self.course.build / "bin/qkoan"), "run", attack.lesson, "--json",
                   "--implementation", str(file), "--seed", str(SEED), "--timeout", "1"]
        try:
            seconds = MOST_SECONDS if attack.ends else ENDLESS_SECONDS
            return playground.run_limited(command, seconds, self.course.root,
                                          {"QKOAN_HOSTILE_SECRET": self.playground.secret})
        finally:
            file.unlink()
            playground.kill(playground.at_home_in(self.course.root))

    def results(self):
        return sorted((str(file), file.stat().st_size)
                      for file in self.playground.results.rglob("*") if file.is_file())

    def try_out(self, attack):
        """What came of it."""
        before, results, begin = self.course.fingerprint(), self.results(), time.monotonic()
        code, output, errors = self.run(attack, self.playground.fill_in(attack, self.answers))
        seconds = time.monotonic() - begin
        effects = self.playground.effects()
        for leak in self.playground.leaks(output + errors):
            effects.setdefault(leak, "in what is reported")
        if self.course.fingerprint() != before:
            effects["repository"] = "files of the course changed"
            self.repair()
        if self.results() != results:
            effects["results"] = "files among the results"
        verdict = read_verdict(output)
        if verdict is None and code is not None:
            effects["grader"] = f"the grader ended with {code}"
        return Outcome(attack, verdict or {}, effects, seconds, code is None)

    def repair(self):
        shutil.rmtree(self.course.root)
        self.course = playground.Course(self.course.root)

    def close(self):
        self.playground.close()


def read_verdict(output):
    """What ./qkoan run says of the lesson; None if it says nothing."""
    try:
        return json.loads(output)["lessons"][0]
    except (ValueError, LookupError):
        return None


def try_all(attacks):
    """Every attack with what it earned and did, in the order of their names."""
    folder = pathlib.Path(os.environ[playground.SCRATCH])
    arenas = []
    try:
        arenas = [Arena(folder / str(number)) for number in range(min(WORKERS, len(attacks)))]
        idle = list(arenas)

        def attempt(attack):
            arena = idle.pop()
            try:
                return arena.try_out(attack)
            finally:
                idle.append(arena)

        with concurrent.futures.ThreadPoolExecutor(len(arenas)) as pool:
            return list(pool.map(attempt, attacks))
    finally:
        for arena in arenas:
            arena.close()


class Control(unittest.TestCase):
    """What the attacks must be able to do where nothing keeps them in."""

    @classmethod
    def setUpClass(cls):
        begin = time.monotonic()
        cls.outcomes = try_all(ATTACKS)
        print("\nattack: seconds, whether it compiles, unearned marks; effects")
        for outcome in cls.outcomes:
            print(outcome.line())
        print(f"{len(cls.outcomes)} attacks in {time.monotonic() - begin:.0f} s, "
              f"{len(cls.earning())} earned marks", flush=True)

    @classmethod
    def earning(cls):
        return [outcome.attack.name for outcome in cls.outcomes if outcome.unearned()]

    def test_they_earn_marks(self):
        self.assertGreaterEqual(len(self.earning()), LEAST_EARNING, f"only {self.earning()}")

    def test_honest_parts_pass(self):
        for outcome in self.outcomes:
            with self.subTest(outcome.attack.name):
                self.assertLessEqual(outcome.attack.earns, outcome.passed(), "'// earns:' fails")

    def test_they_compile(self):
        for outcome in self.outcomes:
            killed = "grader" in outcome.effects or outcome.cut_short
            with self.subTest(outcome.attack.name):
                if outcome.attack.compiles and not killed:
                    self.assertTrue(outcome.verdict["compiled"], outcome.verdict.get("diagnostics"))

    def test_they_have_the_effects_they_say(self):
        for outcome in self.outcomes:
            with self.subTest(outcome.attack.name):
                self.assertLessEqual(outcome.attack.shows, set(outcome.effects), "'// shows:'")


def run_kept_in():
    """Runs this program again, kept in: hostile code runs here without a sandbox. Returns the exit code."""
    code, reason = playground.run_kept_in(sys.argv)
    if code is not None:
        return code
    print(f"THE CONTROL DID NOT RUN, for it would run hostile code unprotected: {reason}", flush=True)
    return 1 if os.environ.get("CI") else playground.NOT_RUN


if __name__ == "__main__":
    if not os.environ.get(playground.SCRATCH):
        playground.build("lesson")
        sys.exit(run_kept_in())
    WANTED = sys.argv[1:]
    ATTACKS = [attack for attack in playground.read_attacks() if not WANTED or attack.name in WANTED]
    if WANTED:  # a few of them need not earn much
        del Control.test_they_earn_marks
    unittest.main(argv=sys.argv[:1], verbosity=2)
